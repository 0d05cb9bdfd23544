/// The address at which Clio shows a record to a person: `https://{host}/nc/#/matters/{id}`.
public struct LinkTemplate: Sendable, Equatable {
    /// As it is in the pipeline file.
    public let text: String

    private static let scheme = "https://"
    private static let host = "{host}"
    private static let id = "{id}"
    private static let mostCharacters = 200

    /// nil: not `https://{host}/`, then a path with `{id}` once, and no other braces.
    public init?(_ text: String) {
        guard text.utf8.count <= Self.mostCharacters, text.hasPrefix(Self.scheme + Self.host + "/") else { return nil }
        let path = text.dropFirst(Self.scheme.count + Self.host.count)
        let parts = path.split(separator: Self.id, omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.utf8.allSatisfy(Self.isPlain) }) else { return nil }
        self.text = text
    }

    /// The address of one record.
    /// - Parameters:
    ///   - site: which Clio it is, as accounts name it: a host, and perhaps a port and a path, which are left out.
    ///   - id: the record's id.
    /// - Returns: nil: the host or the id has characters that none has; no link is better than one that leads elsewhere.
    public func address(site: String, id: String) -> String? {
        let host = site.prefix { $0 != "/" && $0 != ":" }
        guard !host.isEmpty, host.utf8.allSatisfy(Self.isOfHost), !id.isEmpty, id.utf8.count <= 40,
            id.utf8.allSatisfy(Self.isOfID)
        else { return nil }
        return text.replacing(Self.host, with: host).replacing(Self.id, with: id)
    }

    private static func isOfID(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    private static func isOfHost(_ byte: UInt8) -> Bool { isOfID(byte) || byte == UInt8(ascii: ".") }

    private static func isPlain(_ byte: UInt8) -> Bool { isOfHost(byte) || "/#?=&%~".utf8.contains(byte) }
}
