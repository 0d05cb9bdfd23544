internal import Foundation

/// What the environment says about proxies and certificates. A variable that is empty counts as unset.
public struct NetworkEnvironment: Sendable, Equatable {
    /// The proxy for https requests, and the variable that names it; libcurl reads it by itself.
    public let proxy: (variable: String, url: String)?
    /// Hosts that are reached without the proxy.
    public let noProxy: String?
    /// The file of trusted certificates, and the variable that names it.
    public let certificates: (variable: String, file: String)?

    /// Reads this process's variables.
    public init() { self.init(ProcessInfo.processInfo.environment) }

    /// Reads the variables.
    public init(_ environment: [String: String]) {
        func first(_ names: [String]) -> (String, String)? {
            for name in names {
                if let value = environment[name], !value.isEmpty { return (name, value) }
            }
            return nil
        }
        proxy = first(["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"])
        noProxy = first(["no_proxy", "NO_PROXY"])?.1
        certificates = first(["CURL_CA_BUNDLE", "SSL_CERT_FILE"])
    }

    /// The proxy without a user and password, for a person.
    public var shownProxy: String? {
        guard let proxy else { return nil }
        let parts = proxy.url.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
        let scheme = parts.count == 2 ? "\(parts[0])://" : ""
        let rest = parts.last ?? ""
        // A password may hold an @ and a slash.
        let host = rest.lastIndex(of: "@").map { rest[rest.index(after: $0)...] } ?? rest
        return "\(scheme)\(host) (\(proxy.variable))"
    }

    /// Whether both say the same.
    public static func == (left: Self, right: Self) -> Bool {
        left.proxy?.url == right.proxy?.url && left.noProxy == right.noProxy
            && left.certificates?.file == right.certificates?.file
    }
}
