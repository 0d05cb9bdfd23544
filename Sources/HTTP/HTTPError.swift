/// Why no answer came. Without queries, headers or bodies, so that it can be logged.
public struct HTTPError: Error, CustomStringConvertible, Equatable {
    /// What went wrong.
    public enum Kind: String, Sendable {
        case resolve, connect, tls, timeout, stalled, reset, badEncoding, tooLarge, cancelled, badRequest, closed, other
        /// The proxy could not reach the host, or will not open a tunnel to it.
        case proxyFailed, proxyRefused
    }

    /// What went wrong.
    public let kind: Kind
    /// Scheme, host and path asked for.
    public let address: String
    /// More about it, from libcurl's own list of texts.
    public let detail: String

    /// Who issued a certificate that was not accepted, as that certificate says.
    public let issuer: String?

    init(_ kind: Kind, _ address: WebAddress, _ detail: String, issuer: String? = nil) {
        self.issuer = issuer
        self.kind = kind
        self.address = address.description
        self.detail = detail
    }

    /// Whether the same request may well succeed a little later.
    public var isTransient: Bool {
        switch kind {
        case .resolve, .connect, .timeout, .stalled, .reset, .badEncoding, .other, .proxyFailed: true
        case .tls, .tooLarge, .cancelled, .badRequest, .closed, .proxyRefused: false
        }
    }

    /// One line: where, what, and what to check.
    public var description: String {
        let cause =
            switch kind {
            case .resolve: "the host's name was not found; check the network and the base URL"
            case .connect: "no connection; check the network and the base URL"
            case .tls:
                "the server's certificate\(issuer.map { ", issued by \"\($0)\"," } ?? "") was not accepted; check the base URL and this machine's certificates, or name a gateway's in CURL_CA_BUNDLE"
            case .timeout: "no answer within the time allowed"
            case .stalled: "the transfer stalled"
            case .reset: "the connection broke off"
            case .badEncoding: "the answer's compression is damaged"
            case .tooLarge: "the answer is larger than allowed"
            case .cancelled: "cancelled"
            case .badRequest: "the request cannot be sent"
            case .closed: "the client is closed"
            case .proxyFailed: "the proxy cannot reach the host; check the network and HTTPS_PROXY"
            case .proxyRefused:
                "the proxy refuses the connection; check its user and password in HTTPS_PROXY, or exclude the host with NO_PROXY"
            case .other: "the transfer failed"
            }
        return "\(address): \(cause)" + (detail.isEmpty ? "" : " (\(detail))")
    }
}
