/// One request, as far as this server understands requests: a head within limits, and a small body.
struct WebRequest: Sendable {
    /// `GET`, `HEAD` or `POST`; others are refused before.
    var method: String
    /// Percent-decoded parts of the path: `/firms/a%2Fb` has `firms` and `a/b`.
    var path: [String]
    /// Decoded query fields.
    var query: [String: String] = [:]
    /// Values by lower-case name.
    var headers: [String: String] = [:]
    /// The body.
    var body: [UInt8] = []
    /// Whether the client takes more answers on this connection.
    var keepsAlive = true

    /// The fields of a form, of a query or of a body.
    static func fields(_ text: some StringProtocol) -> [String: String] {
        var fields: [String: String] = [:]
        for pair in text.split(separator: "&").prefix(50) {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = decode(parts[0], form: true), !name.isEmpty else { continue }
            fields[name] = decode(parts.count > 1 ? parts[1] : "", form: true) ?? ""
        }
        return fields
    }

    /// The body as a form.
    var form: [String: String] { Self.fields(String(decoding: body, as: UTF8.self)) }

    /// A cookie's value.
    func cookie(_ name: String) -> String? {
        for pair in (headers["cookie"] ?? "").split(separator: ";") {
            let parts = pair.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
            if parts.count == 2, parts[0] == name { return String(parts[1]) }
        }
        return nil
    }

    /// The host that the client meant, without the port; `[::1]` keeps its brackets.
    var hostName: String { Self.hostName(headers["host"] ?? "") }

    static func hostName(_ host: String) -> String {
        let lower = host.lowercased()
        if lower.hasPrefix("["), let end = lower.firstIndex(of: "]") {
            let rest = lower[lower.index(after: end)...]
            // Anything but a port behind the bracket is no address.
            return rest.isEmpty || rest.hasPrefix(":") ? String(lower[...end]) : lower
        }
        return String(lower.prefix { $0 != ":" })
    }

    /// Undoes percent-encoding; nil when it is broken or is no UTF-8.
    static func decode(_ text: some StringProtocol, form: Bool = false) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8.makeIterator()
        while let byte = rest.next() {
            switch byte {
            case UInt8(ascii: "+") where form: bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = rest.next().flatMap(digit), let low = rest.next().flatMap(digit) else { return nil }
                bytes.append(high << 4 | low)
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x37
        case 0x61...0x66: byte - 0x57
        default: nil
        }
    }
}
