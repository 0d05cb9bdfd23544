internal import Foundation

/// The address by which people reach the page: `https://status.example.com`, no path.
public struct PublicURL: Sendable, Equatable {
    /// `https://status.example.com`, lower case, no slash at the end.
    public let origin: String
    let isSecure: Bool
    let hostName: String

    /// Nil for anything but `http` or `https`, a host, and perhaps a port.
    public init?(_ text: String) {
        guard let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased(),
            ["http", "https"].contains(scheme), let host = parts.host?.lowercased(), !host.isEmpty,
            ["", "/"].contains(parts.path), parts.query == nil, parts.fragment == nil, parts.user == nil
        else { return nil }
        isSecure = scheme == "https"
        hostName = host.contains(":") && !host.hasPrefix("[") ? "[\(host)]" : host
        origin = "\(scheme)://\(hostName)" + (parts.port.map { ":\($0)" } ?? "")
    }
}
