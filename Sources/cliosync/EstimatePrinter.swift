import Account
import Foundation
import SyncManager

/// An estimate as a person reads it.
struct EstimatePrinter {
    private let estimate: SyncEstimate

    init(_ estimate: SyncEstimate) { self.estimate = estimate }

    var text: String {
        [head, entities, phases, size, strategy, comparison].joined(separator: "\n\n")
    }

    private var head: String {
        var lines = [
            Terminal.bold("a \(estimate.firmSize) firm")
                + ": \(Format.count(estimate.records)) records, \(Format.count(estimate.requests)) requests, about "
                + Terminal.bold(Format.duration(estimate.seconds)),
            "from \(clock(estimate.startsAt)) to \(clock(estimate.endsAt)), if it begins now",
        ]
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
        return lines.joined(separator: "\n")
    }

    private var entities: String {
        Format.table(
            ["phase", "entity", "records", "requests", "there after"],
            estimate.entities.map { entity in
                [
                    entity.phase, entity.entity, entity.records.map(Format.count) ?? "not told",
                    Format.count(entity.requests), Format.duration(entity.seconds),
                ]
            }, right: [2, 3, 4])
    }

    private var phases: String {
        let rows = estimate.phases.map { phase in
            [
                phase.phase, Format.count(phase.records), Format.count(phase.requests),
                Format.duration(phase.readyAfter), clock(estimate.startsAt + phase.readyAfter),
            ]
        }
        let table = Format.table(
            ["phase", "records", "requests", "loaded after", "at"], rows, right: [1, 2, 3])
        let usable = estimate.phases.map { "  \($0.phase): \($0.features.joined(separator: ", "))" }
        return table + "\n\n" + Terminal.bold("usable once loaded") + "\n" + usable.joined(separator: "\n")
    }

    private var size: String {
        let measured = estimate.entities.contains(where: \.isMeasured) ? "from a page of each entity" : "by experience"
        let free = estimate.freeBytes.map { ", \(Format.bytes($0)) are free" } ?? ""
        var text =
            "database \(Format.bytes(estimate.databaseBytes)), staged files \(Format.bytes(estimate.stagingBytes)) "
            + "(\(measured))\nneeds \(Format.bytes(estimate.diskBytes)) of disk\(free); up to "
            + "\(Format.bytes(estimate.memoryBytes)) of memory, 1-2 processors"
        if let free = estimate.freeBytes, free < estimate.diskBytes {
            text +=
                "\n" + Terminal.red("the disk is too small")
                + ": make room, or give --staging and --database another one"
        }
        return text
    }

    private var strategy: String {
        Terminal.bold("strategy: \(estimate.strategy)") + "\n"
            + estimate.reasons.map { "  \(Terminal.brief($0))" }.joined(separator: "\n")
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
            ], right: [])
    }

    private func clock(_ instant: Double) -> String {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.dateFormat = "EEE d MMM HH:mm"
        return formatter.string(from: Date(timeIntervalSince1970: instant))
    }
}
