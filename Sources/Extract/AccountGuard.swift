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
                "the access token was replaced during the run, and Clio does not say whose the new one is; run the "
                    + "same command again")
        }
        guard !found.isSameAccount(as: expected) else { return nil }
        // Without any id nothing was compared but credentials, and those were just renewed.
        if isOwn, found.id == nil, found.userID == nil { return nil }
        return ClioError(
            .otherAccount,
            "the access token was replaced during the run: it was of \(expected.firm) and is of \(found.firm) now; "
                + "log in to \(expected.name ?? "the first one") again, then run the same command")
    }
}

extension ClioClient {
    /// The fields that say whose token it is; a Clio that does not know `account` is asked without it.
    static let identityFields = ["id,name,account{id,name}", "id,name"]

    /// Everything up to here is of this account, and every later token must be.
    public func expect(_ account: Account) { accountGuard.expected = account }

    /// Whose a token is, by a request with it, and whether Clio accepts it; no account when Clio does not say.
    func owner(
        of token: String, _ isStopping: @escaping @Sendable () -> Bool
    ) async throws(ClioError) -> (account: Account?, isAccepted: Bool) {
        var isAccepted = false
        let context = CallContext(entity: "who_am_i", isStopping: isStopping)
        for fields in Self.identityFields {
            guard let address = address("users/who_am_i.json", [("fields", fields)]) else { throw unusable }
            do throws(ClioError) {
                let answer = try await send(address, with: token, context) { response in
                    response.body.withUnsafeBytes { bytes -> Result<Account?, PageFault> in
                        JSONParser.reading(bytes) { .success(self.account($0)) }
                            ?? .failure(.damaged("the answer is no JSON"))
                    }
                }
                return (answer.value, true)
            } catch {
                switch error.kind {
                // Expired again: the request that uses it reports that.
                case .unauthorized: return (nil, false)
                // Clio looks at the token before it looks at what it may do.
                case .forbidden: return (nil, true)
                case .refused: isAccepted = true
                case .missing, .offsetLimit: break
                default: throw error
                }
            }
        }
        return (nil, isAccepted)
    }

    /// The account in an answer of `users/who_am_i`.
    func account(_ root: JSONValue) -> Account? {
        guard let id = root["data"]?["id"]?.int64 else { return nil }
        return Account(
            id: root["data"]?["account"]?["id"]?.int64, name: root["data"]?["account"]?["name"]?.string, userID: id,
            userName: root["data"]?["name"]?.string, baseURL: settings.baseURL)
    }
}
