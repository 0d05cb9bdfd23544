internal import JSON

/// What a doctor's visit found.
public struct DoctorReport: Sendable, Equatable {
    /// One line.
    public struct Finding: Sendable, Equatable {
        /// Which check: a stable word, for example `token` or `disk`.
        public var check: String
        /// How it is.
        public var state: State
        /// What was found.
        public var message: String
        /// What to do about it; nil when nothing is to be done.
        public var remedy: String?
    }

    /// How a check ended.
    public enum State: String, Sendable {
        /// As it should be.
        case ok
        /// Works, but somebody should know.
        case warn
        /// A sync would not work.
        case fail
    }

    /// In the order of the visit.
    public internal(set) var findings: [Finding] = []
    /// Requests made to Clio.
    public internal(set) var requests = 0
    /// Whether there is no token, or Clio does not accept it.
    public internal(set) var isTokenBad = false
    /// Whether the token is of another account than the data that is here.
    public internal(set) var isOtherAccount = false

    /// 0 healthy (warnings too), 1 something failed, 2 another account's token, 4 the token.
    public var exitCode: Int32 {
        if isTokenBad { return 4 }
        if isOtherAccount { return 2 }
        return findings.contains { $0.state == .fail } ? 1 : 0
    }

    mutating func ok(_ check: String, _ message: String) {
        findings.append(Finding(check: check, state: .ok, message: message, remedy: nil))
    }

    mutating func warn(_ check: String, _ message: String, _ remedy: String) {
        findings.append(Finding(check: check, state: .warn, message: message, remedy: remedy))
    }

    mutating func fail(_ check: String, _ message: String, _ remedy: String) {
        findings.append(Finding(check: check, state: .fail, message: message, remedy: remedy))
    }

    /// The report as one JSON object.
    public var json: String {
        var line = JSONWriter()
        line.beginObject()
        line.key("ok")
        line.bool(exitCode == 0)
        line.member("requests", requests)
        line.key("findings")
        line.beginArray()
        for finding in findings {
            line.beginObject()
            line.member("check", finding.check)
            line.member("state", finding.state.rawValue)
            line.member("message", finding.message)
            line.member("remedy", finding.remedy)
            line.endObject()
        }
        line.endArray()
        line.endObject()
        return line.text
    }
}
