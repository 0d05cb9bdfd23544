internal import Release

/// What holds for all requests of a client.
public struct HTTPConfiguration: Sendable {
    /// What the client calls itself.
    public var userAgent = "cliosync/\(Release.version)"
    /// Seconds to establish the connection, TLS included.
    public var connectTimeout = 10.0
    /// Seconds for the whole exchange.
    public var totalTimeout = 30.0
    /// Seconds without a byte in either direction after which a transfer counts as stalled.
    public var stallTimeout = 25.0
    /// Largest body, inflated.
    public var maximumBodyBytes = 256 << 20
    /// Connections kept to one host.
    public var maximumConnections = 50
    /// A file of trusted certificates in PEM form, instead of what the environment or this machine says.
    public var certificateFile: String?
    /// The proxy and the trusted certificates that the environment names.
    public var network = NetworkEnvironment()

    /// The defaults.
    public init() {}

    /// The file of trusted certificates; nil: this machine's own.
    var trustedCertificates: String? { certificateFile ?? network.certificates?.value }

    /// What a request to an address goes through, for people.
    func route(to address: WebAddress) -> HTTPError.Route {
        HTTPError.Route(
            proxy: network.proxy(for: address).map(NetworkEnvironment.shown),
            certificates: certificateFile ?? network.certificates.map { "\($0.value) (\($0.variable))" })
    }
}
