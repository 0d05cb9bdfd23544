internal import HTTP
internal import JSON
public import Staging
internal import Synchronization

/// Makes sure that a renewed token is one of the account that the run works for.
final class AccountGuard: Sendable {
    private let account = Mutex<Account?>(nil)

    /// The account that was found at the start; nil until then.
    var expected: Account? {
        get { account.withLock { $0 } }
        set { account.withLock { $0 = newValue } }
    }

    /// What to do with a token that Clio says belongs to this account.
    /// - Parameters:
    ///   - found: whose it is; nil: Clio does not say.
    ///   - isOwn: whether it was renewed with the run's own refresh token, which gives no other account's.
    /// - Returns: why it is refused; nil: it may be used.
    static func refusal(of found: Account?, expecting expected: Account?, isOwn: Bool) -> ClioError? {
        guard let expected else { return nil }
        guard let found else {
            guard !isOwn, expected.id != nil || expected.userID != nil else { return nil }
            return ClioError(
                .otherAccount,
                "the access token was replaced while the run went on, and Clio does not say whose the new one is; run the "
                    + "same command again")
        }
        guard !found.isSameAccount(as: expected) else { return nil }
        // Without any id nothing was compared but credentials, and those were just renewed.
        if isOwn, found.id == nil, found.userID == nil { return nil }
        return ClioError(
            .otherAccount,
            "the access token was replaced while the run went on: it was of \(expected.firm) and is of \(found.firm) now; "
                + "log in to \(expected.name ?? "the first one") again, then run the same command")
    }
}

extension ClioClient {
    /// The fields that say whose token it is; a Clio that does not know `account` is asked without it.
    static let identityFields = ["id,name,account{id,name}", "id,name"]

    /// Everything up to here is of this account, and every later token must be.
    public func expect(_ account: Account) { accountGuard.expected = account }

    /// Whose a token is, by one request with it; nil when Clio does not say.
    func owner(of token: String, _ isStopping: @escaping @Sendable () -> Bool) async throws(ClioError) -> Account? {
        for fields in Self.identityFields {
            guard let address = address("users/who_am_i.json", [("fields", fields)]) else { throw unusable }
            for attempt in 1...5 {
                let ticket = await budget.acquire(priority: { 0 }, isStopping: isStopping, onWait: { _, _ in })
                guard let ticket else { throw ClioError(.stopped, "stopped") }
                let response: HTTPResponse
                do throws(HTTPError) {
                    response = try await get(address, token, isStopping: isStopping)
                } catch {
                    await budget.release(ticket, .none)
                    if error.kind == .cancelled { throw ClioError(.stopped, "stopped") }
                    guard error.isTransient, attempt < 5 else { throw ClioError(.transient, error.description) }
                    await clock.sleep(0.5 * Double(attempt))
                    continue
                }
                let headers = RateHeaders(response.headers, wall: clock.wall())
                await budget.release(
                    ticket, headers.map { .headers($0) } ?? .silent,
                    limitedFor: response.status == 429 ? RetryAfter.seconds(response.headers) ?? 0 : nil)
                switch response.status {
                case 200: return response.body.withUnsafeBytes { JSONParser.reading($0) { self.account($0) } ?? nil }
                // Expired again: who uses it hears of it.
                case 401: return nil
                case 429, 500...: if attempt < 5 { await clock.sleep(0.5 * Double(attempt)) }
                default: break
                }
                if response.status < 500, response.status != 429 { break }
                if attempt == 5 {
                    throw ClioError(.transient, "users/who_am_i: Clio answered \(response.status); run again to go on")
                }
            }
        }
        return nil
    }

    /// The account in an answer of `users/who_am_i`.
    func account(_ root: JSONValue) -> Account? {
        guard let id = root["data"]?["id"]?.int64 else { return nil }
        return Account(
            id: root["data"]?["account"]?["id"]?.int64, name: root["data"]?["account"]?["name"]?.string, userID: id,
            userName: root["data"]?["name"]?.string, baseURL: settings.baseURL)
    }
}
