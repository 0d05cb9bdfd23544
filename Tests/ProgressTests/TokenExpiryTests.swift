import JSON
import Jobs
import Testing

@testable import Progress

/// When a token expires and who must know: values and a clock, without a file.
@Suite struct TokenExpiryTests {
    /// 2026-11-28T10:00:00Z.
    private static let now = 1_795_860_000.0
    private static let day = 86_400.0

    private func used(
        _ mark: String = "a", first: String = "2026-11-28T10:00:00Z", last: String? = nil, expires: String? = nil,
        renewable: Bool = false, login: Bool = false
    ) -> UsedToken {
        UsedToken(
            mark: mark, firstUsedAt: first, lastUsedAt: last ?? first, expiresAt: expires, isRenewable: renewable,
            isLogin: login)
    }

    private func present(
        _ mark: String = "a", expires: String? = nil, renewable: Bool = false, login: Bool = false
    ) -> PresentToken {
        PresentToken(mark: mark, expiresAt: expires, isRenewable: renewable, isLogin: login)
    }

    private func expiry(_ used: UsedToken?, _ present: PresentToken? = nil, days: Double = 0) -> TokenExpiry? {
        TokenExpiry(used: used, present: present, now: Self.now + days * Self.day)
    }

    @Test func theEndThatClioNamedIsAnnouncedSevenDaysAhead() throws {
        let token = used(expires: "2026-12-08T10:00:00Z", login: true)
        let early = try #require(expiry(token, days: 2.99))
        #expect(early.expiresAt == "2026-12-08T10:00:00Z" && !early.isEstimated && !early.isExpiring)
        #expect(early.advice.isEmpty && early.remedy == nil)
        let due = try #require(expiry(token, days: 3))
        #expect(due.isExpiring)
        #expect(
            due.advice == [
                "the access token expires in 7 d, at 2026-12-08T10:00:00Z; log in again: cliosync auth login"
            ])
        let late = try #require(expiry(token, days: 10))
        #expect(late.isExpiring && late.text == "has expired, at 2026-12-08T10:00:00Z")
    }

    /// Clio's documentation: an access token lives 30 days.
    @Test func aTokenOfWhichOnlyTheAgeIsKnownExpiresThirtyDaysAfterItsFirstUseOrEarlier() throws {
        #expect(expiry(used(), days: 22.99)?.isExpiring == false)
        let due = try #require(expiry(used(), days: 23))
        #expect(due.isExpiring && due.isEstimated && due.expiresAt == "2026-12-28T10:00:00Z")
        #expect(
            due.advice == [
                "the access token expires in 7 d, at the latest at 2026-12-28T10:00:00Z; "
                    + "give CLIO_ACCESS_TOKEN a new value: cliosync doctor"
            ])
        // One that Clio still accepted after that has another life, of which nothing is known.
        #expect(expiry(used(last: "2026-12-28T10:00:00Z"), days: 31)?.isExpiring == true)
        #expect(expiry(used(last: "2026-12-28T10:00:01Z"), days: 31) == nil)
    }

    @Test func aTokenThatIsRenewedIsNeverAnnounced() throws {
        let known = try #require(expiry(used(expires: "2026-11-29T10:00:00Z", renewable: true)))
        #expect(known.isRenewable && !known.isExpiring && known.advice.isEmpty)
        // A page that was not given the client's secret knows by the runs that they have it.
        #expect(expiry(used(renewable: true), present(), days: 29)?.isExpiring == false)
        #expect(expiry(used(), present(renewable: true), days: 29)?.isExpiring == false)
    }

    @Test func aNewTokenEndsTheAnnouncementBeforeItIsUsed() throws {
        let old = used("old", expires: "2026-11-29T10:00:00Z")
        #expect(expiry(old)?.isExpiring == true)
        #expect(expiry(old, present("old"))?.isExpiring == true)
        // Nothing is known of a value that nothing was asked for with.
        #expect(expiry(old, present("new")) == nil)
        #expect(expiry(old, present("new", expires: "2026-12-28T10:00:00Z"))?.isExpiring == false)
        // The same login, renewed since.
        #expect(expiry(old, present("old", expires: "2026-12-28T10:00:00Z"))?.isExpiring == false)
        #expect(expiry(nil, nil) == nil && expiry(nil, present()) == nil)
    }

    @Test func itsJSONHasFacts() throws {
        let due = try #require(expiry(used(), days: 25))
        #expect(
            OrderedEncoder().encode(due)
                == #"{"expires_at":"2026-12-28T10:00:00Z","estimated":true,"renewable":false,"expiring":true}"#)
    }

    @Test(arguments: [(6.5, "6 d"), (1.9, "45 h"), (0.05, "72 min")])
    func theTimeLeftIsInWords(_ days: Double, _ words: String) {
        #expect(expiry(used(), days: 30 - days)?.text.hasPrefix("expires in \(words), ") == true)
    }
}
