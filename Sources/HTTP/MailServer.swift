/// A mail server, read strictly: `smtp://mail.example.com:587`, `smtps://mail.example.com`.
public struct MailServer: Sendable, Equatable, CustomStringConvertible {
    /// In lower case, an IPv6 address with its brackets.
    public let host: String
    /// The port named, or the scheme's own: 587, or 465 for `smtps`.
    public let port: Int
    /// Whether TLS begins with the connection. `smtp` begins it by STARTTLS, which only this machine may lack.
    public let isTLS: Bool

    /// Reads an address; nil when it is none of this kind. User names are refused: they are settings of their own.
    public init?(_ text: String) {
        let lower = text.lowercased()
        isTLS = lower.hasPrefix("smtps://")
        guard isTLS || lower.hasPrefix("smtp://") else { return nil }
        // A web address has the same form, and its parser is strict.
        let rest = text.dropFirst(isTLS ? 8 : 7)
        guard let address = WebAddress("https://" + rest), address.target == "/" else { return nil }
        host = address.host
        let hasPort = rest.drop { $0 != "]" }.contains(":") || !rest.hasPrefix("[") && rest.contains(":")
        port = hasPort ? address.port : isTLS ? 465 : 587
    }

    /// The whole URL.
    public var description: String { "\(isTLS ? "smtps" : "smtp")://\(host):\(port)" }

    /// Whether the host is this machine.
    public var isLoopback: Bool { WebAddress("https://\(host)")?.isLoopback ?? false }
}
