internal import Jobs

/// Whom a page addresses.
enum Voice: Sendable, Equatable {
    /// The operations team: messages as they are, with their commands.
    case operations
    /// The firm's administrator, who has no shell: what it means for the firm, and whom to ask.
    case firm

    /// A message for this reader. One that names a command is of no use to the firm.
    func text(_ message: String, code: String? = nil) -> String {
        switch self {
        case .operations: return message
        case .firm:
            if let known = code.flatMap({ Self.forFirms[$0] }) { return known }
            return message.contains("`") || message.contains("cliosync ") || message.contains("SYNC_")
                || message.contains("CLIO_")
                ? Self.askProvider : message
        }
    }

    /// What is due, which names a command for operations.
    func advice(_ text: String) -> String {
        guard self == .firm, let colon = text.firstIndex(of: ":") else { return text }
        return "\(text[..<colon].prefix(1).uppercased())\(text[..<colon].dropFirst()). Your provider can start it."
    }

    /// What a check counts. After a semicolon, it may name the command that repairs it.
    func detail(_ text: String) -> String {
        self == .operations ? text : String(text.prefix { $0 != ";" })
    }

    private static let askProvider = "Your provider can see the details and what to do."

    /// The code of a token that is not accepted, or will not be.
    static let tokenCode = "unauthorized"

    private static let renew = "Your provider must renew the connection to Clio."

    private static let forFirms = [
        tokenCode: renew, "otherAccount": renew,
        "forbidden":
            "Clio does not show these records to the user of the sync. Give that user access in Clio, then ask your "
            + "provider to sync again.",
        "rateLimited": "Clio limits how fast records may be fetched; the sync waits and continues.",
        "unreachable": "Clio could not be reached for a while.", "transient": "Clio could not answer for a while.",
    ]
}
