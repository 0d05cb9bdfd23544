public import JSON

/// The findings of `doctor`.
public struct DoctorReport: JSONReport, Sendable, Equatable {
    /// One line.
    public struct Finding: Encodable, Sendable, Equatable {
        /// Which check: a stable word, for example `token` or `disk`.
        public var check: String
        /// How the check ended.
        public var state: State
        /// What was found.
        public var message: String
        /// What to do about it; nil when there is nothing to do.
        public var remedy: String?
    }

    /// How a check ended.
    public enum State: String, Encodable, Sendable {
        /// As it should be.
        case ok
        /// Works, but needs attention.
        case warn
        /// A sync would not work.
        case fail
    }

    /// In the order of the checks.
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

    private enum CodingKeys: CodingKey { case ok, requests, findings }

    /// The report with its verdict.
    public func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: CodingKeys.self)
        try members.encode(exitCode == 0, forKey: .ok)
        try members.encode(requests, forKey: .requests)
        try members.encode(findings, forKey: .findings)
    }
}
