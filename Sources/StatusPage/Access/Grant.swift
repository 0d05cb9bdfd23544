/// What a request may see and do.
struct Grant: Sendable, Equatable {
    enum Scope: Sendable, Equatable {
        /// Every firm, and all actions: the operations team.
        case all
        /// The same, with the values of flagged records.
        case allWithValues
        /// One firm's page, and asking for an order: for holders of the link.
        case firm(String)
    }

    let scope: Scope
    /// What the session's tokens are bound to; nil for a bearer, which no browser sends by itself.
    let session: String?
    /// When it ends, seconds since 1970.
    let expires: Double

    func mayView(_ firm: String) -> Bool { mayOperate || scope == .firm(firm) }
    /// Whether all firms may be seen, syncs be stopped and started, and flagged records be decided about.
    var mayOperate: Bool { scope == .all || scope == .allWithValues }
    /// Whether values of records may be seen.
    var mayViewValues: Bool { scope == .allWithValues }
}
