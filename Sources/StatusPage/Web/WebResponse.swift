internal import Foundation

/// One answer: a body that is there, or one that goes on.
struct WebResponse: Sendable {
    enum Body: Sendable {
        case bytes([UInt8])
        /// Written piece by piece until the client goes or the server stops.
        case stream(@Sendable (StreamWriter) async throws -> Void)
    }

    var status: Int
    var headers: [(name: String, value: String)]
    var body: Body

    init(_ status: Int, type: String, _ text: String, headers: [(name: String, value: String)] = []) {
        self.status = status
        self.headers = [("Content-Type", type)] + headers
        body = .bytes(Array(text.utf8))
    }

    static func text(_ status: Int, _ text: String) -> WebResponse {
        WebResponse(status, type: "text/plain; charset=utf-8", text + "\n")
    }

    static func html(_ status: Int = 200, _ text: String) -> WebResponse {
        WebResponse(status, type: "text/html; charset=utf-8", text)
    }

    static func json(_ text: String, status: Int = 200) -> WebResponse {
        WebResponse(status, type: "application/json; charset=utf-8", text + "\n")
    }

    static func redirect(_ place: String) -> WebResponse {
        var response = WebResponse.text(303, "see \(place)")
        response.set("Location", place)
        return response
    }

    static func stream(type: String, _ write: @escaping @Sendable (StreamWriter) async throws -> Void) -> WebResponse {
        var response = WebResponse(200, type: type, "")
        response.body = .stream(write)
        return response
    }

    mutating func set(_ name: String, _ value: String) {
        headers.removeAll { $0.name == name }
        headers.append((name, value))
    }

    func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

    /// The head as it goes over the wire.
    func head(keepsAlive: Bool) -> String {
        var lines = ["HTTP/1.1 \(status) \(Self.phrases[status] ?? "Status")"]
        // Our own values only; a line feed in one would be a header of somebody else's making.
        for (name, value) in headers {
            lines.append("\(name): \(value.filter { $0 != "\r" && $0 != "\n" && $0 != "\r\n" })")
        }
        switch body {
        case .bytes(let bytes):
            lines.append("Content-Length: \(bytes.count)")
            lines.append("Connection: \(keepsAlive ? "keep-alive" : "close")")
        case .stream: lines.append("Connection: close")
        }
        return lines.joined(separator: "\r\n") + "\r\n\r\n"
    }

    private static let phrases = [
        200: "OK", 303: "See Other", 304: "Not Modified", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden",
        404: "Not Found", 405: "Method Not Allowed", 408: "Request Timeout", 409: "Conflict", 413: "Content Too Large",
        414: "URI Too Long", 421: "Misdirected Request", 431: "Request Header Fields Too Large",
        500: "Internal Server Error", 501: "Not Implemented", 503: "Service Unavailable",
        505: "HTTP Version Not Supported",
    ]
}

/// The other end of a body that goes on.
struct StreamWriter: Sendable {
    let write: @Sendable (String) async throws -> Void
}
