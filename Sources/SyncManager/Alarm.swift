internal import JSON

/// Something that people should hear of while they look elsewhere.
public struct Alarm: Sendable, Equatable {
    /// What happened.
    public enum Kind: String, Sendable, CaseIterable {
        /// The job waits for a person who mends something.
        case critical
        /// Stopped by a person, or by `SYNC_JOB_MAX_RUNTIME_HOURS`.
        case paused
        /// At work, and nothing has moved for `SYNC_STALL_MINUTES`.
        case stalled
        /// Done.
        case completed
        /// Done, but data is missing or a check failed.
        case partiallyCompleted = "partially_completed"
        /// Ended by an error.
        case failed
    }

    /// What happened.
    public var kind: Kind
    /// The firm's connection.
    public var connection: String
    /// The job's id.
    public var job: String
    /// The job's state.
    public var status: String
    /// Why, in one line without record values.
    public var message: String
    /// When, UTC.
    public var time: String
    /// The machine.
    public var host: String
    /// Rows loaded, records rejected, requests made; 0 where unknown.
    public var rows = 0
    /// Records that are flagged and not loaded.
    public var rejected = 0
    /// Requests of this run.
    public var requests = 0
    /// Seconds of this run.
    public var seconds = 0.0
    /// The command that comes next.
    public var next = ""

    /// One line, as chat tools show it.
    public var text: String {
        var text = "cliosync \(connection): \(kind.rawValue.replacing("_", with: " "))"
        if !message.isEmpty { text += ": \(message)" }
        if rows > 0 { text += " · \(rows) rows loaded" }
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

    /// The alarm as one JSON object: `text` for chat tools, the rest for programs.
    public var json: String {
        var line = JSONWriter()
        line.beginObject()
        line.member("text", text)
        line.member("event", kind.rawValue)
        for (name, value) in facts { line.member(name, value) }
        line.member("rows", rows)
        line.member("rejected", rejected)
        line.member("requests", requests)
        line.member("seconds", seconds)
        line.endObject()
        return line.text
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
