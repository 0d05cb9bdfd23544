/// What a request may see and do.
struct Grant: Sendable, Equatable {
    enum Scope: Sendable, Equatable {
        /// Every firm, and all actions: the operations team.
        case all
        /// One firm's page, and asking for an order: for holders of the link.
        case firm(String)
    }

    let scope: Scope
    /// What the session's tokens are bound to; nil for a bearer, which no browser sends by itself.
    let session: String?
    /// When it ends, seconds since 1970.
    let expires: Double

    func mayView(_ firm: String) -> Bool { scope == .all || scope == .firm(firm) }
    /// Whether syncs may be stopped and started.
    var mayOperate: Bool { scope == .all }
}
