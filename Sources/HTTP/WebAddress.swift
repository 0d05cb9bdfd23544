/// An http or https URL in parts, read strictly, so that what is compared is what is connected to.
///
/// User names, back slashes, control characters and spaces are refused: parsers disagree about them, and a token must
/// not go to a host that another parser saw.
public struct WebAddress: Sendable, Equatable, CustomStringConvertible {
    /// `http` or `https`.
    public let scheme: String
    /// In lower case, an IPv6 address with its brackets.
    public let host: String
    /// The port named, or the scheme's own.
    public let port: Int
    /// Begins with a slash; encoded as given.
    public let path: String
    /// The query after the question mark, encoded as given.
    public let query: String?

    /// Reads a URL; nil when it is not an absolute http or https URL of the plain kind.
    public init?(_ text: String) {
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }) else { return nil }
        guard let colon = text.firstIndex(of: ":") else { return nil }
        scheme = text[..<colon].lowercased()
        guard scheme == "http" || scheme == "https", text[colon...].hasPrefix("://") else { return nil }
        let rest = text[text.index(colon, offsetBy: 3)...].prefix { $0 != "#" }
        let authorityEnd = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        let authority = rest[..<authorityEnd]
        var hostText = authority
        var portText: Substring?
        if authority.hasPrefix("[") {
            guard let close = authority.firstIndex(of: "]") else { return nil }
            hostText = authority[...close]
            let tail = authority[authority.index(after: close)...]
            guard tail.isEmpty || tail.hasPrefix(":") else { return nil }
            if !tail.isEmpty { portText = tail.dropFirst() }
            guard hostText.dropFirst().dropLast().allSatisfy({ $0.isHexDigit || $0 == ":" || $0 == "." }) else {
                return nil
            }
        } else {
            if let separator = authority.firstIndex(of: ":") {
                hostText = authority[..<separator]
                portText = authority[authority.index(after: separator)...]
            }
            guard hostText.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "." || $0 == "-" || $0 == "_" }) else {
                return nil
            }
        }
        guard !hostText.isEmpty else { return nil }
        host = hostText.lowercased()
        if let portText {
            guard portText.allSatisfy(\.isNumber), let number = Int(portText), (1...65_535).contains(number) else {
                return nil
            }
            port = number
        } else {
            port = scheme == "https" ? 443 : 80
        }
        let target = rest[authorityEnd...]
        if let mark = target.firstIndex(of: "?") {
            path = mark == target.startIndex ? "/" : String(target[..<mark])
            query = String(target[target.index(after: mark)...])
        } else {
            path = target.isEmpty ? "/" : String(target)
            query = nil
        }
    }

    /// Scheme, host and, unless it is the scheme's own, port.
    public var origin: String {
        let isDefault = port == (scheme == "https" ? 443 : 80)
        return "\(scheme)://\(host)" + (isDefault ? "" : ":\(port)")
    }

    /// Path and query.
    public var target: String { path + (query.map { "?" + $0 } ?? "") }

    /// The whole URL, put together from the parts.
    public var url: String { origin + target }

    /// Whether scheme, host and port agree.
    public func isSameOrigin(as other: WebAddress) -> Bool {
        scheme == other.scheme && host == other.host && port == other.port
    }

    /// Whether the host is this machine, by name or by number.
    public var isLoopback: Bool {
        host == "localhost" || host == "[::1]"
            || (host.hasPrefix("127.") && host.allSatisfy { $0.isNumber || $0 == "." })
    }

    /// The URL without its query, which may hold what must not be shown.
    public var description: String { origin + path }
}
