/// Why no answer came. Without queries, headers or bodies, so that it can be logged.
public struct HTTPError: Error, CustomStringConvertible, Equatable {
    /// What went wrong.
    public enum Kind: String, Sendable {
        case resolve, connect, tls, timeout, stalled, reset, badEncoding, tooLarge, cancelled, badRequest, closed, other
        /// The proxy cannot be reached, or opens no connection to the host.
        case proxyUnreachable, proxyFailed
        /// The proxy will not open a connection to the host, or its own certificate is not accepted.
        case proxyRefused, proxyTLS
        /// The file of trusted certificates cannot be used.
        case certificates
    }

    /// What went wrong.
    public let kind: Kind
    /// Scheme, host and path asked for.
    public let address: String
    /// More about it, from libcurl's own list of texts.
    public let detail: String
    /// What lies between this machine and the host.
    private let route: Route
    /// Who issued a certificate that was not accepted, as that certificate says.
    public let issuer: String?

    /// The proxy and the file of trusted certificates that a request used, for people.
    struct Route: Sendable, Equatable {
        var proxy: String?
        var certificates: String?
    }

    init(_ kind: Kind, _ address: WebAddress, _ detail: String, route: Route = Route(), issuer: String? = nil) {
        self.route = route
        self.issuer = issuer
        self.kind = kind
        self.address = address.description
        self.detail = detail
    }

    /// Whether the same request may well succeed a little later.
    public var isTransient: Bool {
        switch kind {
        case .resolve, .connect, .timeout, .stalled, .reset, .badEncoding, .other, .proxyUnreachable, .proxyFailed: true
        case .tls, .tooLarge, .cancelled, .badRequest, .closed, .proxyRefused, .proxyTLS, .certificates: false
        }
    }

    /// Where, and what.
    public var cause: String {
        let proxy = "the proxy \(route.proxy ?? "")"
        let through = route.proxy.map { " through the proxy \($0)" } ?? ""
        let cause =
            switch kind {
            case .resolve: "the host's name was not found"
            case .connect: "no connection" + through
            case .tls:
                "the server's certificate\(issuer.map { ", issued by \"\($0)\"," } ?? "") was not accepted" + through
            case .timeout: "no answer within the time allowed" + through
            case .stalled: "the transfer stalled" + through
            case .reset: "the connection broke off" + through
            case .badEncoding: "the answer's compression is damaged"
            case .tooLarge: "the answer is larger than allowed"
            case .cancelled: "cancelled"
            case .badRequest: "the request cannot be sent"
            case .closed: "the client is closed"
            case .proxyUnreachable: "\(proxy) cannot be reached"
            case .proxyFailed: "\(proxy) opens no connection to the host"
            case .proxyRefused: "\(proxy) refuses to open a connection to the host"
            case .proxyTLS: "the certificate of \(proxy) was not accepted"
            case .certificates: "the trusted certificates in \(route.certificates ?? "a file") cannot be used"
            case .other: "the transfer failed" + through
            }
        return "\(address): \(cause)" + (detail.isEmpty ? "" : " (\(detail))")
    }

    /// What a person can do about it; nil: nothing but trying again.
    public var remedy: String? {
        switch kind {
        case .resolve: "check the network and the base URL"
        case .connect, .timeout, .stalled, .reset:
            route.proxy == nil ? "check the network and the base URL" : "check the proxy, the network and the base URL"
        case .tls:
            route.certificates.map { "check the base URL, and that \($0) holds the issuer's certificate" }
                ?? "check the base URL and this machine's certificates, or name a gateway's in CURL_CA_BUNDLE"
        case .proxyUnreachable:
            "check the proxy's address and that it runs, or list the host in NO_PROXY to reach it directly"
        case .proxyFailed: "check the proxy and the network, or list the host in NO_PROXY to reach it directly"
        case .proxyRefused:
            "check the user and password in the proxy's address, or list the host in NO_PROXY to reach it directly"
        case .proxyTLS: "name the proxy's certificates in CURL_CA_BUNDLE, or give the proxy as http://"
        case .certificates: "correct the path, or unset the variable to trust this machine's certificates"
        case .badEncoding, .tooLarge, .cancelled, .badRequest, .closed, .other: nil
        }
    }

    /// One line: where, what, and what to check.
    public var description: String { cause + (remedy.map { "; " + $0 } ?? "") }
}
