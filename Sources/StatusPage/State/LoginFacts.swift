internal import Staging

/// How long the access to a firm's Clio lasts. Nothing of the token is in it.
public struct LoginFacts: Sendable, Equatable {
    /// When the access token expires, UTC; nil: not known.
    public let expiresAt: String?
    /// Whether it is renewed without a person.
    public let isRenewable: Bool
    /// Whether it has expired, or will within three days, and a person must renew it.
    let isTrouble: Bool

    private static let notice = 3 * 86_400.0

    /// - Parameter now: seconds since 1970.
    public init(expiresAt: String?, isRenewable: Bool, now: Double) {
        self.expiresAt = expiresAt
        self.isRenewable = isRenewable
        isTrouble = !isRenewable && (expiresAt.flatMap(Moment.seconds).map { $0 < now + Self.notice } ?? false)
    }
}
