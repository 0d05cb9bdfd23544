/// A token that opened the account of a connection, as it may be written down: its hash and its times.
public struct UsedToken: Sendable, Equatable {
    /// Represents it. Renewals leave it as it is.
    public let mark: String
    /// When Clio accepted it first, UTC.
    public let firstUsedAt: String
    /// When Clio accepted it last, UTC.
    public let lastUsedAt: String
    /// When it expires, UTC; nil: Clio did not say.
    public let expiresAt: String?
    /// Whether it is renewed without a person.
    public let isRenewable: Bool
    /// Whether it is from `cliosync auth login`.
    public let isLogin: Bool

    /// A token from its facts.
    public init(
        mark: String, firstUsedAt: String, lastUsedAt: String, expiresAt: String?, isRenewable: Bool, isLogin: Bool
    ) {
        self.mark = mark
        self.firstUsedAt = firstUsedAt
        self.lastUsedAt = lastUsedAt
        self.expiresAt = expiresAt
        self.isRenewable = isRenewable
        self.isLogin = isLogin
    }
}
