internal import Account
internal import JSON

/// What is sent to people: an alarm, or the digest of a week.
protocol Notice: Sendable {
    /// One line, as chat tools and the subject of a mail show it.
    var text: String { get }
    /// The body of a mail, plain text.
    var body: String { get }
    /// The facts for programs, as one JSON object.
    var json: String { get }
    /// The same for a command: `CLIOSYNC_EVENT`, `CLIOSYNC_TEXT` and so on.
    var environment: [String: String] { get }
}

extension Alarm: Notice {
    /// What happened, and what to do.
    var body: String {
        var lines = ["\(connection): \(kind.rawValue.replacing("_", with: " "))"]
        if !message.isEmpty { lines += ["", message] }
        if !next.isEmpty { lines += ["", "next: \(next)"] }
        lines += ["", "job      \(job), \(status)", "time     \(time)", "machine  \(host)"]
        if rows > 0 { lines.append("rows     \(rows.grouped)") }
        if rejected > 0 { lines.append("rejected \(rejected.grouped) records, which are flagged and not loaded") }
        return lines.joined(separator: "\n")
    }
}
