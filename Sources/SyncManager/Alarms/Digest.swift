internal import Foundation
internal import JSON

/// The week of some firms: one mail, one line in a chat, one JSON object.
struct Digest: Notice, Codable, Equatable {
    /// One firm's week.
    struct Firm: Codable, Sendable, Equatable {
        var connection: String
        /// The job's status; `NONE` without a job.
        var status: String
        /// As of when the data are, UTC; nil: not fetched to the end.
        var asOf: String?
        /// How long ago that was, in words.
        var age: String?
        /// Whether they are older than `SYNC_FRESHNESS_HOURS`.
        var isStale = false
        /// Rows in the database.
        var rows = 0
        /// Records that are flagged, loaded or not.
        var flagged = 0
        /// Runs of the week, and those that did not come to a good end.
        var runs = 0
        /// Runs that failed, paused, or ended with something missing.
        var badRuns = 0
        /// Rows that the week's runs inserted, updated and deleted.
        var changed = 0
        /// What the last bad run said; nil when a good one followed.
        var problem: String?

        private enum CodingKeys: String, CodingKey {
            case connection, status, asOf, age
            case isStale = "stale"
            case rows, flagged, runs, badRuns, changed, problem
        }

        /// Whether a person should look.
        var needsAttention: Bool { isStale || problem != nil || ["FAILED", "PARTIALLY_COMPLETED"].contains(status) }
    }

    /// The end of the week, for people: `Mon 30 Nov 08:00 America/Los_Angeles`.
    var until: String
    /// The end of the week, UTC.
    var time: String
    var firms: [Firm]

    private var troubled: [Firm] { firms.filter(\.needsAttention) }

    var text: String {
        let count = firms.count == 1 ? "1 firm" : "\(firms.count) firms"
        let words =
            switch troubled.count {
            case 0: "all are well"
            case 1: "\(troubled[0].connection) needs attention"
            default: "\(troubled.count) need attention"
            }
        return "cliosync: week to \(until): \(count), \(words)"
    }

    var body: String {
        var blocks = [text]
        if !troubled.isEmpty { blocks.append("Need attention\n" + troubled.map(Self.lines).joined(separator: "\n")) }
        let well = firms.filter { !$0.needsAttention }
        if !well.isEmpty { blocks.append("Well\n" + well.map(Self.lines).joined(separator: "\n")) }
        return blocks.joined(separator: "\n\n")
    }

    private static func lines(_ firm: Firm) -> String {
        var facts = [firm.status]
        if let asOf = firm.asOf { facts.append("as of \(asOf)" + (firm.age.map { ", \($0) ago" } ?? "")) }
        if firm.isStale { facts.append("STALE") }
        facts.append("\(firm.rows.grouped) rows")
        if firm.flagged > 0 { facts.append("\(firm.flagged.grouped) flagged") }
        facts.append(firm.runs == 1 ? "1 run" : "\(firm.runs) runs")
        if firm.badRuns > 0 { facts.append("\(firm.badRuns) of them with trouble") }
        if firm.changed > 0 { facts.append("\(firm.changed.grouped) rows changed") }
        var text = "  \(firm.connection): \(facts.joined(separator: " · "))"
        if let problem = firm.problem { text += "\n    \(problem)" }
        return text
    }

    private struct Facts: JSONReport {
        let text: String
        let event = "digest"
        let time: String
        let firms: [Firm]
    }

    var json: String { Facts(text: text, time: time, firms: firms).json }

    var environment: [String: String] {
        [
            "CLIOSYNC_EVENT": "digest", "CLIOSYNC_TEXT": text, "CLIOSYNC_TIME": time, "CLIOSYNC_BODY": body,
            "CLIOSYNC_FIRMS": String(firms.count), "CLIOSYNC_TROUBLED": String(troubled.count),
        ]
    }
}
