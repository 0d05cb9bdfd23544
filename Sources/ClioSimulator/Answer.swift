internal import FlyingFox
internal import Foundation
internal import Gzip
internal import LocalServer

/// What a request gets: an answer, or one of the ways of not getting it.
struct Answer: Sendable {
    /// How the body goes over the wire.
    enum Delivery: Sendable {
        case whole
        /// The announced length is not reached: the connection ends in the middle of the body.
        case truncated
        /// Not a byte: the connection just ends.
        case reset
        /// Compressed, but not so that it could be inflated.
        case corrupted
    }

    var status = 200
    var headers: [(name: String, value: String)] = []
    var body: [UInt8] = []
    var delivery = Delivery.whole
    var records = 0
    /// Whether another page follows.
    var hasNext = false
    var kind: String?
    var token: String?
    var fault: String?

    static func json(_ body: [UInt8], status: Int = 200) -> Answer {
        Answer(status: status, headers: [("Content-Type", "application/json; charset=utf-8")], body: body)
    }

    static func error(_ error: QueryError) -> Answer {
        json(error.body, status: error.status)
    }

    static func html(_ text: String, status: Int = 200) -> Answer {
        Answer(status: status, headers: [("Content-Type", "text/html; charset=utf-8")], body: Array(text.utf8))
    }

    mutating func set(_ name: String, _ value: String) {
        headers.append((name, value))
    }

    /// The response, compressed if the client takes gzip.
    func response(acceptsGzip: Bool) -> HTTPResponse {
        if delivery == .reset { return HTTPResponse(webSocket: Hangup()) }
        var fields = HTTPHeaders()
        for header in headers { fields.addValue(header.value, for: HTTPHeader(header.name)) }
        var bytes = body
        if delivery == .corrupted || (acceptsGzip && bytes.count > 512), let packed = Answer.packed(bytes) {
            bytes = packed
            if delivery == .corrupted {
                for place in stride(from: 12, to: bytes.count, by: 3) { bytes[place] ^= 0x5A }
            }
            fields[HTTPHeader("Content-Encoding")] = "gzip"
            fields[HTTPHeader("Vary")] = "Accept-Encoding"
        }
        let status = HTTPStatusCode(status, phrase: Answer.phrases[status] ?? "Status")
        if delivery == .truncated {
            let kept = Array(bytes.prefix(bytes.count / 2))
            let sequence = HTTPBodySequence(
                from: WholeBody(Data(kept), isCutOff: true), count: bytes.count,
                suggestedBufferSize: max(1, kept.count))
            return HTTPResponse(statusCode: status, headers: fields, body: sequence)
        }
        let sequence = HTTPBodySequence(
            from: WholeBody(Data(bytes)), count: bytes.count,
            suggestedBufferSize: max(1, bytes.count))
        return HTTPResponse(statusCode: status, headers: fields, body: sequence)
    }

    /// One gzip member; nil only when memory is short, and then the body goes as it is.
    private static func packed(_ bytes: [UInt8]) -> [UInt8]? {
        bytes.withUnsafeBytes { try? gzipCompress($0, level: 1) }
    }

    private static let phrases = [
        200: "OK", 302: "Found", 304: "Not Modified", 307: "Temporary Redirect", 400: "Bad Request",
        401: "Unauthorized", 403: "Forbidden",
        404: "Not Found", 405: "Method Not Allowed", 410: "Gone", 422: "Unprocessable Entity",
        429: "Too Many Requests", 500: "Internal Server Error", 503: "Service Unavailable",
    ]
}

/// Ends the connection instead of answering: the server closes it when the switch of protocols fails.
private struct Hangup: WSHandler {
    struct Refusal: Error {}

    func makeFrames(for client: AsyncThrowingStream<WSFrame, any Error>) async throws -> AsyncStream<WSFrame> {
        throw Refusal()
    }
}
