import Account
import Foundation
import SyncManager

/// An estimate as a person reads it.
struct EstimatePrinter {
    private let estimate: SyncEstimate
    /// Columns of the terminal.
    private let width: Int

    init(_ estimate: SyncEstimate, width: Int = Terminal.resultWidth) {
        self.estimate = estimate
        self.width = width
    }

    var text: String {
        [head, timeline, entities, phases, size, strategy, comparison].joined(separator: "\n\n")
    }

    private var head: String {
        let first =
            "a \(estimate.firmSize) firm: \(Format.count(estimate.records)) records, "
            + "\(Format.count(estimate.requests)) requests, about \(Format.duration(estimate.seconds))"
        var lines = [
            "from \(clock(estimate.startsAt)) to \(clock(estimate.endsAt)), if it begins now"
        ]
        lines += range
        let limit =
            estimate.limit.map { "Clio allows \(Format.count($0)) requests a minute now" } ?? "Clio told no limit"
        lines.append(
            "\(limit), \(Format.count(Int(estimate.requestsPerMinute))) are used; an answer takes "
                + String(format: "%.2f s", estimate.latency))
        if let peak = estimate.peakHours {
            lines.append("\(estimate.isPeak ? "peak hours now" : "no peak hours now") (\(peak.text))")
        }
        if estimate.heldSeconds > 1 {
            lines.append("\(Format.duration(estimate.heldSeconds)) of it outside of SYNC_WINDOW")
        }
        if let user = estimate.user { lines.append("as \(Terminal.brief(user, 100))") }
        return (wrapped(first).map(Terminal.bold) + lines.flatMap(wrapped)).joined(separator: "\n")
    }

    private func wrapped(_ line: String) -> [String] {
        Wrapping.lines(line, width: width, indent: line.hasPrefix(" ") ? 4 : 0)
    }

    /// Between which times it ends, and why.
    private var range: [String] {
        let range = estimate.range
        guard !range.reasons.isEmpty else { return [] }
        let head =
            "takes between \(Format.duration(range.lowSeconds)) and \(Format.duration(range.highSeconds)), because"
        return [head]
            + range.reasons.map { reason in
                let fewer = reason.fewerSeconds >= 0.5 ? ["−\(Format.duration(reason.fewerSeconds))"] : []
                let more = reason.moreSeconds >= 0.5 ? ["+\(Format.duration(reason.moreSeconds))"] : []
                return "  \(Terminal.safe(reason.text)) (\((fewer + more).joined(separator: ", ")))"
            }
    }

    /// What becomes usable when, by the clock.
    private var timeline: String {
        let days = EstimateClock(zone: estimate.timeZone, today: estimate.startsAt)
        var rows = [[days.text(estimate.startsAt), "", "the run begins"]]
        for milestone in estimate.timeline {
            let between = [milestone.earliest, milestone.latest].compactMap { $0.map(days.text) }
            let what = milestone.features.isEmpty ? milestone.title : milestone.features.joined(separator: ", ")
            rows.append(
                [
                    days.text(milestone.usableAt ?? 0), Set(between).count > 1 ? between.joined(separator: " to ") : "",
                    "usable: \(what)",
                ])
        }
        rows.append([days.text(estimate.endsAt), "", "all is loaded and verified"])
        return Format.table([days.zoneName, "between", "what"], rows, right: [], width: width)
    }

    private var entities: String {
        Format.table(
            ["phase", "entity", "records", "requests", "there after"],
            estimate.entities.map { entity in
                [
                    entity.phase, entity.entity, entity.records.map(Format.count) ?? "not told",
                    Format.count(entity.requests), Format.duration(entity.seconds),
                ]
            }, right: [2, 3, 4], width: width)
    }

    private var phases: String {
        let rows = estimate.phases.map { phase in
            [
                phase.phase, Format.count(phase.records), Format.count(phase.requests),
                Format.duration(phase.readyAfter), clock(estimate.startsAt + phase.readyAfter),
            ]
        }
        return Format.table(
            ["phase", "records", "requests", "loaded after", "at"], rows, right: [1, 2, 3], width: width)
    }

    private var size: String {
        let measured = estimate.entities.contains(where: \.isMeasured) ? "from a page of each entity" : "by experience"
        let free = estimate.freeBytes.map { ", \(Format.bytes($0)) are free" } ?? ""
        var text =
            "database \(Format.bytes(estimate.databaseBytes)), staged files \(Format.bytes(estimate.stagingBytes)) "
            + "(\(measured))\nneeds \(Format.bytes(estimate.diskBytes)) of disk\(free); up to "
            + "\(Format.bytes(estimate.memoryBytes)) of memory, 1-2 processors"
        text = text.split(separator: "\n").flatMap { wrapped(String($0)) }.joined(separator: "\n")
        if let free = estimate.freeBytes, free < estimate.diskBytes {
            text +=
                "\n" + Terminal.red("the disk is too small")
                + ": make room, or give --staging and --database another one"
        }
        return text
    }

    private var strategy: String {
        Terminal.bold("strategy: \(estimate.strategy)") + "\n"
            + estimate.reasons.flatMap { wrapped("  \(Terminal.brief($0))") }.joined(separator: "\n")
    }

    private var comparison: String {
        let typical = estimate.typical
        return Format.table(
            ["a \(estimate.firmSize) firm", "duration", "requests", "database"],
            [
                [
                    "this estimate", Format.duration(estimate.seconds), Format.count(estimate.requests),
                    Format.bytes(estimate.databaseBytes),
                ],
                ["as a rule", typical.duration, typical.requests, typical.database],
            ], right: [], width: width)
    }

    private func clock(_ instant: Double) -> String {
        EstimateClock(zone: estimate.timeZone, today: instant).text(instant)
    }
}
