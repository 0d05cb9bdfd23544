/// Whose data it is: one account of Clio, and the user who sees it.
///
/// Job record, raw layers and database each keep one. Names are for people and never decide anything.
public struct Account: Sendable, Equatable {
    /// Clio's id of the account; nil where Clio does not say.
    public var id: Int64?
    /// The firm's name.
    public var name: String?
    /// Clio's id of the user; nil where Clio does not say.
    public var userID: Int64?
    /// The user's name.
    public var userName: String?
    /// Which Clio it is: each region counts its ids from the beginning.
    public var site: String
    /// Represents the credentials, to tell accounts apart where Clio says neither account nor user; a hash, not the token.
    public var credential: String?

    /// An account from its values.
    /// - Parameter baseURL: scheme and host, as requests are sent to.
    public init(
        id: Int64? = nil, name: String? = nil, userID: Int64? = nil, userName: String? = nil, baseURL: String,
        credential: String? = nil
    ) {
        self.id = id
        self.name = name
        self.userID = userID
        self.userName = userName
        site = Self.site(baseURL)
        self.credential = credential
    }

    /// How two accounts compare.
    public enum Relation: Sendable, Equatable {
        /// One account, seen by one user.
        case same
        /// One account, seen by another user, who may see less or more.
        case otherUser
        /// Two accounts, or nothing says that they are one.
        case otherAccount
    }

    /// Compares two accounts by their ids; where Clio names no account, by user, and without a user by the credentials.
    public func relation(to other: Account) -> Relation {
        guard site == other.site else { return .otherAccount }
        if let id, let theirs = other.id {
            guard id == theirs else { return .otherAccount }
            guard let userID, let user = other.userID else { return .same }
            return userID == user ? .same : .otherUser
        }
        // A user belongs to one account.
        if let userID, let user = other.userID { return userID == user ? .same : .otherAccount }
        if let credential, let theirs = other.credential { return credential == theirs ? .same : .otherAccount }
        return .otherAccount
    }

    /// Whether the other is the same account, be it seen by another user.
    public func isSameAccount(as other: Account) -> Bool { relation(to: other) != .otherAccount }

    /// The firm, for a sentence: `Smith LLP (account 17)`.
    public var firm: String {
        let number = id.map { "account \($0)" }
        if let name, !name.isEmpty { return number.map { "\(name) (\($0))" } ?? name }
        return number ?? userID.map { "the account of user \($0)" } ?? "an account that Clio does not name"
    }

    /// The user, for a sentence: `Ann Lee (user 5)`.
    public var user: String {
        let number = userID.map { "user \($0)" }
        if let userName, !userName.isEmpty { return number.map { "\(userName) (\($0))" } ?? userName }
        return number ?? "a user whom Clio does not name"
    }

    /// Host, port and path of an address; ports of this machine are left out, since a test server takes a new one each time.
    static func site(_ baseURL: String) -> String {
        var text = baseURL[...]
        if let scheme = text.firstRange(of: "://") { text = text[scheme.upperBound...] }
        while text.hasSuffix("/") { text = text.dropLast() }
        let slash = text.firstIndex(of: "/") ?? text.endIndex
        let host = text[..<slash].lowercased()
        let path = text[slash...]
        for local in ["127.0.0.1", "localhost", "[::1]"] where host == local || host.hasPrefix(local + ":") {
            return "127.0.0.1" + path
        }
        return host + path
    }
}
