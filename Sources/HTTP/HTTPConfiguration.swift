internal import Release

/// What holds for all requests of a client.
public struct HTTPConfiguration: Sendable {
    /// What the client calls itself.
    public var userAgent = "cliosync/\(Release.version)"
    /// Seconds until the connection, TLS included, must stand.
    public var connectTimeout = 10.0
    /// Seconds for the whole exchange.
    public var totalTimeout = 30.0
    /// Seconds without a byte in either direction after which a transfer counts as stalled.
    public var stallTimeout = 25.0
    /// Largest body, inflated.
    public var maximumBodyBytes = 256 << 20
    /// Connections kept to one host.
    public var maximumConnections = 50
    /// A file of trusted certificates in PEM form instead of this machine's own; as `CURL_CA_BUNDLE` or `SSL_CERT_FILE` says.
    public var certificateFile = NetworkEnvironment().certificates?.file

    /// A proxy's URL; nil: as the environment says. An empty text means no proxy.
    public var proxy: String?

    /// The defaults.
    public init() {}
}
