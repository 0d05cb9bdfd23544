package import Jobs
internal import Staging

/// The token that this machine's settings and token files hold for a connection.
public struct PresentToken: Sendable, Equatable {
    /// Represents it, as in `UsedToken`.
    public let mark: String
    /// When it expires, UTC; nil: not known.
    public let expiresAt: String?
    /// Whether it is renewed without a person.
    public let isRenewable: Bool
    /// Whether it is from `cliosync auth login`.
    public let isLogin: Bool

    /// A token from its facts.
    public init(mark: String, expiresAt: String?, isRenewable: Bool, isLogin: Bool) {
        self.mark = mark
        self.expiresAt = expiresAt
        self.isRenewable = isRenewable
        self.isLogin = isLogin
    }
}

/// When a connection's access token expires. It is computed here and nowhere else: `status`, the page, the metrics and the
/// alarm show it.
public struct TokenExpiry: Sendable, Equatable, Encodable {
    /// UTC.
    public let expiresAt: String
    /// Whether it expires then or earlier: Clio named no moment, and this is 30 days after the token was first used.
    public let isEstimated: Bool
    /// Whether it is renewed without a person.
    public let isRenewable: Bool
    /// Whether a person must act now: it is not renewed, and expires within 7 days or has expired.
    public let isExpiring: Bool
    /// Seconds until then, negative afterwards.
    private let secondsLeft: Int
    private let isLogin: Bool

    private enum CodingKeys: String, CodingKey {
        case expiresAt
        case isEstimated = "estimated"
        case isRenewable = "renewable"
        case isExpiring = "expiring"
    }

    /// The life of an access token, by Clio's documentation.
    static let life = 30.0 * 86_400
    /// How long before the end it is announced.
    static let notice = 7.0 * 86_400

    /// - Parameters:
    ///   - used: the token that Clio accepted last; nil: not known.
    ///   - present: the one that the next command will use; nil: this process may not see it, and it is taken for the same.
    ///   - now: seconds since 1970.
    package init?(used: UsedToken?, present: PresentToken?, now: Double) {
        let known = present == nil || present?.mark == used?.mark ? used : nil
        let end: Double
        if let named = (present?.expiresAt ?? known?.expiresAt).flatMap(Moment.seconds) {
            (end, isEstimated) = (named, false)
        } else if let known, let first = Moment.seconds(known.firstUsedAt), let last = Moment.seconds(known.lastUsedAt),
            // A token that was accepted later than that lives longer than Clio documents.
            last <= first + Self.life
        {
            (end, isEstimated) = (first + Self.life, true)
        } else {
            return nil
        }
        expiresAt = Moment.timestamp(end)
        // A process that only looks may lack what the runs renew it with.
        isRenewable = present?.isRenewable == true || known?.isRenewable == true
        isLogin = present?.isLogin ?? known?.isLogin ?? false
        secondsLeft = Int((end - now).rounded(.down))
        isExpiring = !isRenewable && end - now <= Self.notice
    }

    /// In words: `expires in 6 d, at 2026-12-04T10:00:00Z`.
    public var text: String {
        let moment = "\(isEstimated ? "at the latest at" : "at") \(expiresAt)"
        return secondsLeft > 0 ? "expires in \(Age.words(secondsLeft)), \(moment)" : "has expired, \(moment)"
    }

    /// What to do; nil while there is nothing to do.
    public var remedy: String? {
        guard isExpiring else { return nil }
        return isLogin ? "log in again" : "give CLIO_ACCESS_TOKEN a new value"
    }

    /// The command that follows the remedy.
    public var command: String { isLogin ? "cliosync auth login" : "cliosync doctor" }

    /// What a person should do; empty: nothing.
    public var advice: [String] {
        remedy.map { ["the access token \(text); \($0): \(command)"] } ?? []
    }
}
