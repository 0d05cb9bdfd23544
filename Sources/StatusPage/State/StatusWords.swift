internal import Foundation
internal import Jobs
internal import Progress

/// Numbers, times and states as people read them.
enum StatusWords {
    /// `1,234,567`.
    static func count(_ number: Int) -> String {
        let digits = String(abs(number))
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { text += "," }
            text.append(digit)
        }
        return (number < 0 ? "-" : "") + text
    }

    /// `0:23`, `12:05`, `3:04:05`: for a wait that is counted down.
    static func clock(_ seconds: Int) -> String {
        let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60)
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return hours > 0 ? "\(hours):\(two(minutes)):\(two(rest))" : "\(minutes):\(two(rest))"
    }

    /// `45 s`, `12 min`, `3 h 20 min`, `2 d 4 h`: for what cannot be known to the second.
    static func duration(_ seconds: Int) -> String {
        switch seconds {
        case ..<90: "\(max(0, seconds)) s"
        case ..<5_400: "\((seconds + 30) / 60) min"
        case ..<172_800: "\(seconds / 3600) h \(seconds / 60 % 60) min"
        default: "\(seconds / 86_400) d \(seconds / 3600 % 24) h"
        }
    }

    /// `0.4`, `12`, `1,234`.
    static func rate(_ value: Double) -> String {
        value < 10 ? String(format: "%.1f", value) : count(Int(value.rounded()))
    }

    /// `43 %`, never 100 before everything is done.
    static func percent(_ value: Double) -> String {
        value >= 100 ? "100 %" : "\(Int(min(99, value.rounded(.down)))) %"
    }

    /// How far a group is.
    static func describe(_ group: GroupSummary) -> String {
        switch group.status {
        case .pending: "waits for its turn"
        case .inProgress: group.records > 0 ? "is being fetched" : "counted"
        case .extracted: "fetched"
        case .loaded: "usable now"
        }
    }

    /// `78 MB`.
    static func bytes(_ value: Int) -> String {
        value >= 1_000_000_000
            ? String(format: "%.1f GB", Double(value) / 1e9) : "\(Int((Double(value) / 1e6).rounded())) MB"
    }

    /// `2026-11-24T14:05:09Z`.
    static func time(_ seconds: Double) -> String {
        Date(timeIntervalSince1970: seconds.rounded(.down)).formatted(.iso8601)
    }

    /// `24 Nov, 14:05 UTC` of the text above; the text itself when it is none.
    static func readable(_ time: String) -> String {
        let parts = time.utf8.split(whereSeparator: { !(0x30...0x39).contains($0) }).map {
            String(decoding: $0, as: UTF8.self)
        }
        guard parts.count >= 5, let month = Int(parts[1]), (1...12).contains(month), let day = Int(parts[2]) else {
            return time
        }
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        return "\(day) \(months[month - 1]), \(parts[3]):\(parts[4]) UTC"
    }

    /// What an entity is at, or what it waits for.
    static func describe(_ entity: EntityStatus, in status: ConnectionStatus) -> String {
        if let work = entity.work {
            // Phases are fetched side by side, each with what those before it leave of the limit.
            let isPassed = (entity.rate ?? 0) == 0 && status.planned.contains { $0.work != nil && ($0.rate ?? 0) > 0 }
            if work.stage == "extract", isPassed { return "waits for its turn" }
            let wait = status.waiting.map { waiting in
                "waits for \(waiting.reason)" + (waiting.seconds.map { ", \(clock($0))" } ?? "")
            }
            return switch work.stage {
            case "extract": wait ?? "fetching"
            case "transform": "checking"
            case "load": "loading"
            case "verify": "verifying"
            default: work.stage
            }
        }
        switch entity.status {
        case .completed: return "complete"
        case .partiallyCompleted: return "incomplete"
        case .failed: return "failed"
        case .cancelled: return "cancelled"
        case .pending, .paused, .initializing, .inProgress: break
        }
        if status.isRunning, status.job?.status == .initializing { return "being counted" }
        if entity.progress.isFetched { return "fetched" }
        guard status.isRunning else {
            if entity.status == .pending { return "not begun" }
            return status.state == .interrupted ? "interrupted" : "paused"
        }
        let before = status.phases.prefix { $0.name != entity.phase }.last { phase in
            phase.isPlanned && !phase.isUsable && phase.isActive
        }
        if let before { return "waits for \(before.name)" }
        guard status.phases.contains(where: { $0.name == entity.phase && $0.isPlanned }) else { return "not begun" }
        return "waits for its turn"
    }
}
