/// The keys that open the store.
public struct StoreKeys: Sendable {
    let accessKey: String
    let secretKey: String
    /// Of temporary keys.
    let sessionToken: String?

    /// Keys from their parts.
    public init(accessKey: String, secretKey: String, sessionToken: String? = nil) {
        self.accessKey = accessKey
        self.secretKey = secretKey
        self.sessionToken = sessionToken
    }
}
