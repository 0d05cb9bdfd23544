package import Account
internal import JSON

/// A notification about a job.
package struct Alarm: JSONReport, Sendable, Equatable {
    package typealias Kind = AlarmKind

    /// What happened.
    package var kind: Kind
    /// The firm's connection.
    package var connection: String
    /// The job's id.
    package var job: String
    /// The job's state.
    package var status: String
    /// Why, in one line without record values.
    package var message: String
    /// When, UTC.
    package var time: String
    /// The machine.
    package var host: String
    /// Rows loaded, records rejected, requests made; 0 where unknown.
    package var rows = 0
    /// Records that are flagged and not loaded.
    package var rejected = 0
    /// Requests of this run.
    package var requests = 0
    /// Seconds of this run.
    package var seconds = 0.0
    /// The command that comes next.
    package var next = ""

    /// One line, as chat tools show it.
    package var text: String {
        var text = "cliosync \(connection): \(kind.rawValue.replacing("_", with: " "))"
        if !message.isEmpty { text += ": \(message)" }
        if rows > 0 { text += " · \(rows.grouped) rows loaded" }
        if !next.isEmpty { text += " · next: \(next)" }
        return Self.harmless(text)
    }

    /// Chat tools take `<!channel>` and the like for commands, and line feeds for more messages.
    private static func harmless(_ text: String) -> String {
        let scalars = text.unicodeScalars.map { scalar -> Unicode.Scalar in
            switch scalar {
            case "<": "‹"
            case ">": "›"
            default: scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value) ? " " : scalar
            }
        }
        var result = String.UnicodeScalarView()
        result.append(contentsOf: scalars.prefix(1000))
        return String(result)
    }

    /// `text` for chat tools, the rest for programs.
    package func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: MemberName.self)
        try members.encode(text, forKey: MemberName("text"))
        try members.encode(kind, forKey: MemberName("event"))
        for (name, value) in facts { try members.encode(value, forKey: MemberName(name)) }
        try members.encode(rows, forKey: MemberName("rows"))
        try members.encode(rejected, forKey: MemberName("rejected"))
        try members.encode(requests, forKey: MemberName("requests"))
        try members.encode(seconds, forKey: MemberName("seconds"))
    }

    /// What both the JSON and a command's environment say, by the JSON's names.
    var facts: [(String, String)] {
        [
            ("connection", connection), ("job", job), ("status", status), ("message", message), ("time", time),
            ("host", host), ("next", next),
        ]
    }

    /// The environment variables of a command: `CLIOSYNC_EVENT`, `CLIOSYNC_TEXT`, `CLIOSYNC_CONNECTION` and so on.
    var environment: [String: String] {
        var variables = [
            "CLIOSYNC_EVENT": kind.rawValue, "CLIOSYNC_TEXT": text, "CLIOSYNC_ROWS": String(rows),
            "CLIOSYNC_REJECTED": String(rejected), "CLIOSYNC_REQUESTS": String(requests),
            "CLIOSYNC_SECONDS": String(Int(seconds)),
        ]
        for (name, value) in facts { variables["CLIOSYNC_" + name.uppercased()] = value }
        return variables
    }
}
