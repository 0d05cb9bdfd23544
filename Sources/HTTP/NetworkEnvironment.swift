internal import Foundation

/// What the environment says about proxies and certificates. A variable that is empty counts as unset.
public struct NetworkEnvironment: Sendable, Equatable {
    /// A value, and the variable that holds it.
    public struct Entry: Sendable, Equatable {
        /// The variable.
        public let variable: String
        /// What it holds.
        public let value: String
    }

    private let httpsProxy: Entry?
    private let httpProxy: Entry?
    /// Hosts that are reached without the proxy.
    public let noProxy: String?
    /// The file of trusted certificates.
    public let certificates: Entry?

    /// Reads this process's variables.
    public init() { self.init(ProcessInfo.processInfo.environment) }

    /// Reads the variables.
    public init(_ environment: [String: String]) {
        func first(_ names: String...) -> Entry? {
            names.lazy.compactMap { name in
                environment[name].flatMap { $0.isEmpty ? nil : Entry(variable: name, value: $0) }
            }.first
        }
        httpsProxy = first("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
        // HTTP_PROXY may be a header that a web server made a variable of: as for curl, only the lower case counts.
        httpProxy = first("http_proxy", "all_proxy", "ALL_PROXY")
        noProxy = first("no_proxy", "NO_PROXY")?.value
        certificates = first("CURL_CA_BUNDLE", "SSL_CERT_FILE")
    }

    /// The proxy for https requests without a user and password, for a person.
    public var shownProxy: String? { httpsProxy.map(Self.shown) }

    /// The proxy that requests to an address use; nil: none.
    func proxy(for address: WebAddress) -> Entry? {
        // A proxy cannot reach this machine's own ports.
        if address.isLoopback { return nil }
        if let noProxy, ProxyExceptions(noProxy).contain(address.host) { return nil }
        return address.scheme == "https" ? httpsProxy : httpProxy
    }

    /// A proxy without its user and password.
    static func shown(_ proxy: Entry) -> String {
        let parts = proxy.value.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
        let scheme = parts.count == 2 ? "\(parts[0])://" : ""
        let rest = parts.last ?? ""
        // A password may hold an @ and a slash.
        let host = rest.lastIndex(of: "@").map { rest[rest.index(after: $0)...] } ?? rest
        return "\(scheme)\(host) (\(proxy.variable))"
    }
}
