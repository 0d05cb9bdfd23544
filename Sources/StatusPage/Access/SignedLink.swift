/// A link to one firm's page that works without a login until it expires: HMAC-SHA256 over firm and expiry.
public struct SignedLink: Sendable, Equatable {
    /// The connection's name.
    public let firm: String
    /// When it ends, seconds since 1970.
    public let expires: Int64

    /// A link; nothing is signed yet.
    public init(firm: String, expires: Int64) {
        self.firm = firm
        self.expires = expires
    }

    /// Path and query, to be appended to the address of the page.
    public func target(secret: String) -> String {
        "/firms/\(firm)?expires=\(expires)&signature=\(signature(secret))"
    }

    /// Whether a signature is this link's, and the link not over.
    func isValid(signature: String, secret: String, now: Double) -> Bool {
        Secrets.areEqual(signature, self.signature(secret)) && Double(expires) > now
    }

    private func signature(_ secret: String) -> String {
        // The first line keeps this signature apart from any other use of the same secret.
        Secrets.signature("cliosync status link 1\n\(firm)\n\(expires)", key: Array(secret.utf8))
    }
}
