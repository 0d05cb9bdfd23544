internal import FlyingFox
internal import Foundation
internal import JSON
internal import LocalServer

/// One answer: a body that is there, or a stream.
struct WebResponse: Sendable {
    enum Body: Sendable {
        case bytes([UInt8])
        /// Sent piece by piece until the client leaves or the server stops.
        case stream(TextStream)
    }

    var status: Int
    var headers: [(name: String, value: String)]
    var body: Body

    init(_ status: Int, type: String, _ text: String, headers: [(name: String, value: String)] = []) {
        self.init(status, type: type, bytes: Array(text.utf8), headers: headers)
    }

    init(_ status: Int, type: String, bytes: [UInt8], headers: [(name: String, value: String)] = []) {
        self.status = status
        self.headers = [("Content-Type", type)] + headers
        body = .bytes(bytes)
    }

    static func text(_ status: Int, _ text: String) -> WebResponse {
        WebResponse(status, type: "text/plain; charset=utf-8", text + "\n")
    }

    static func html(_ status: Int = 200, _ text: String) -> WebResponse {
        WebResponse(status, type: "text/html; charset=utf-8", text)
    }

    static func json(_ report: some JSONReport, status: Int = 200) -> WebResponse {
        WebResponse(status, type: "application/json; charset=utf-8", report.json + "\n")
    }

    static func redirect(_ place: String) -> WebResponse {
        var response = WebResponse.text(303, "see \(place)")
        response.set("Location", place)
        return response
    }

    static func stream(type: String, _ stream: TextStream) -> WebResponse {
        var response = WebResponse(200, type: type, "")
        response.body = .stream(stream)
        return response
    }

    mutating func set(_ name: String, _ value: String) {
        headers.removeAll { $0.name == name }
        headers.append((name, value))
    }

    func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

    /// What the server sends.
    /// - Parameter withoutBody: for HEAD.
    func response(withoutBody: Bool) -> HTTPResponse {
        var fields = HTTPHeaders()
        // A line feed would begin another header.
        for (name, value) in headers { fields.addValue(value.filter { !$0.isNewline }, for: HTTPHeader(name)) }
        let status = HTTPStatusCode(status, phrase: Self.phrases[status] ?? "Status")
        switch body {
        case .bytes(let bytes):
            let content = withoutBody ? Data() : Data(bytes)
            fields[.contentLength] = String(bytes.count)
            return HTTPResponse(
                statusCode: status, headers: fields,
                body: HTTPBodySequence(
                    from: WholeBody(content), count: content.count, suggestedBufferSize: max(1, content.count)))
        case .stream(let stream):
            let body = withoutBody ? HTTPBodySequence() : HTTPBodySequence(from: stream, suggestedBufferSize: 65_536)
            return HTTPResponse(statusCode: status, headers: fields, body: body)
        }
    }

    private static let phrases = [
        200: "OK", 303: "See Other", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
        405: "Method Not Allowed", 409: "Conflict", 421: "Misdirected Request", 503: "Service Unavailable",
    ]
}
