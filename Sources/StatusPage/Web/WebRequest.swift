internal import FlyingFox
internal import Foundation

/// One request of a browser or a program, as the page reads it.
struct WebRequest: Sendable {
    /// `GET`, `HEAD` or `POST`; others are refused.
    var method: String
    /// Percent-decoded parts of the path: `/firms/a%2Fb` has `firms` and `a/b`.
    var path: [String]
    /// Decoded query fields.
    var query: [String: String] = [:]
    /// Values by lower-case name.
    var headers: [String: String] = [:]
    /// The body.
    var body: [UInt8] = []

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
            // Anything but a port after the bracket is no address.
            return rest.isEmpty || rest.hasPrefix(":") ? String(lower[...end]) : lower
        }
        return String(lower.prefix { $0 != ":" })
    }

    /// Undoes percent-encoding; nil when it is broken or is no UTF-8.
    private static func decode(_ text: some StringProtocol, form: Bool = false) -> String? {
        (form ? String(text).replacing("+", with: " ") : String(text)).removingPercentEncoding
    }
}

extension WebRequest {
    /// A request as the server hands it over.
    /// - Throws: when its address cannot be decoded, or its body does not arrive.
    init(_ request: HTTPRequest) async throws {
        struct Undecodable: Error {}
        method = request.method.rawValue
        path = try request.target.path().split(separator: "/").map { part in
            guard let decoded = Self.decode(part) else { throw Undecodable() }
            return decoded
        }
        query = Self.fields(request.target.query())
        for name in request.headers.keys { headers[name.rawValue.lowercased()] = request.headers[name] }
        body = Array(try await request.bodyData)
    }
}
