import FlyingFox
import FlyingSocks
import Foundation
import Synchronization

/// An object store in this process: what the S3 API says of listings, conditional writes and errors.
package final class StoreDouble: Sendable {
    package struct Request: Sendable {
        package let method: String
        package let path: String
        package let query: [String: String]
        package let headers: [String: String]
    }

    private struct State {
        var objects: [String: [UInt8]] = [:]
        /// Parts of uploads that are not complete, by key and number.
        var uploads: [String: [Int: [UInt8]]] = [:]
        var requests: [Request] = []
        /// Answers that come before the real ones.
        var troubles: [Trouble] = []
        var writesLeft = Int.max
        /// Writes of another machine that come right before one of the same key.
        var earlierWrites: [String: [UInt8]] = [:]
        /// Writes of another machine that come right after one of the same key.
        var laterWrites: [String: [UInt8]] = [:]
    }

    package enum Trouble: Sendable {
        case status(Int)
        /// The request is carried out, and its answer is an error.
        case lostAnswer
        /// A listing that ends too early.
        case cutListing
    }

    private let state = Mutex(State())
    private let server: HTTPServer
    private let task: Task<Void, any Error>
    package let port: UInt16
    private static let pageSize = 3

    package var objects: [String: [UInt8]] { state.withLock { $0.objects } }
    package var requests: [Request] { state.withLock { $0.requests } }

    package func fail(_ troubles: Trouble...) { state.withLock { $0.troubles += troubles } }
    /// Further writes are refused once so many were accepted.
    package func acceptWrites(_ count: Int) { state.withLock { $0.writesLeft = count } }
    /// Another machine writes an object right before the next write of it arrives.
    package func writeEarlier(_ key: String, _ bytes: [UInt8]) {
        state.withLock { $0.earlierWrites[key] = bytes }
    }
    /// Another machine writes an object right after the next write of it arrived.
    package func writeLater(_ key: String, _ bytes: [UInt8]) {
        state.withLock { $0.laterWrites[key] = bytes }
    }
    package func set(_ key: String, _ bytes: [UInt8]) { state.withLock { $0.objects[key] = bytes } }

    package init() async throws {
        let holder = Holder()
        server = HTTPServer(
            config: HTTPServer.Configuration(address: try .inet(ip4: "127.0.0.1", port: 0), logger: .disabled),
            handler: ClosureHTTPHandler { await holder.answer($0) })
        let server = server
        task = Task { try await server.run() }
        try await server.waitUntilListening()
        guard case .ip4(_, let port) = await server.listeningAddress else { throw CocoaError(.featureUnsupported) }
        self.port = port
        holder.store.withLock { $0 = Weak(self) }
    }

    package func stop() { task.cancel() }

    private struct Weak: Sendable {
        weak var store: StoreDouble?

        init(_ store: StoreDouble) { self.store = store }
    }

    private final class Holder: Sendable {
        let store = Mutex<Weak?>(nil)

        func answer(_ request: HTTPRequest) async -> HTTPResponse {
            let body = (try? await request.bodyData) ?? Data()
            return store.withLock { $0?.store }?.answer(request, Array(body)) ?? HTTPResponse(statusCode: .notFound)
        }
    }

    private func answer(_ request: HTTPRequest, _ body: [UInt8]) -> HTTPResponse {
        let query = Dictionary(request.query.map { ($0.name, $0.value) }) { first, _ in first }
        let headers = Dictionary(
            request.headers.map { ($0.key.rawValue.lowercased(), $0.value) }, uniquingKeysWith: { first, _ in first })
        let method = request.method.rawValue
        return state.withLock { state in
            state.requests.append(Request(method: method, path: request.path, query: query, headers: headers))
            let trouble = state.troubles.isEmpty ? nil : state.troubles.removeFirst()
            if case .status(let status) = trouble { return Self.error(status, "SlowDown") }
            guard headers["authorization"]?.hasPrefix("AWS4-HMAC-SHA256 Credential=KEY/") == true,
                headers["x-amz-content-sha256"] != nil
            else { return Self.error(403, "AccessDenied") }
            guard request.path.hasPrefix("/bucket") else { return Self.error(404, "NoSuchBucket") }
            let key = String(request.path.dropFirst("/bucket/".count))
            let answer = Self.carryOut(method, key, query, headers, body, &state)
            switch trouble {
            case .lostAnswer: return Self.error(500, "InternalError")
            case .cutListing:
                return HTTPResponse(
                    statusCode: .ok, body: Data("<ListBucketResult><IsTruncated>false</IsTruncated>".utf8))
            default: return answer
            }
        }
    }

    private static func carryOut(
        _ method: String, _ key: String, _ query: [String: String], _ headers: [String: String], _ body: [UInt8],
        _ state: inout State
    ) -> HTTPResponse {
        switch method {
        case "GET" where key.isEmpty: return listing(query, state.objects)
        case "GET":
            guard let object = state.objects[key] else { return error(404, "NoSuchKey") }
            if let match = headers["if-match"], etag(object) != match { return error(412, "PreconditionFailed") }
            guard let range = headers["range"]?.dropFirst("bytes=".count).split(separator: "-").compactMap({ Int($0) })
            else { return HTTPResponse(statusCode: .ok, headers: named(etag(object)), body: Data(object)) }
            return HTTPResponse(
                statusCode: HTTPStatusCode(206, phrase: "Partial Content"), headers: named(etag(object)),
                body: Data(object[range[0]...min(range[1], object.count - 1)]))
        case "POST" where query["uploads"] != nil:
            state.uploads[key] = [:]
            return HTTPResponse(statusCode: .ok, body: Data("<R><UploadId>\(key)</UploadId></R>".utf8))
        case "PUT" where query["uploadId"] != nil:
            state.uploads[key]?[Int(query["partNumber"] ?? "") ?? 0] = body
            return HTTPResponse(statusCode: .ok, headers: named(etag(body)))
        case "POST":
            guard let parts = state.uploads.removeValue(forKey: key) else { return error(404, "NoSuchUpload") }
            let whole = parts.sorted { $0.key < $1.key }.flatMap(\.value)
            let answer = carryOut("PUT", key, [:], headers, whole, &state)
            guard answer.statusCode.code == 200 else { return answer }
            let tag = etag(whole).replacing("\"", with: "&quot;")
            return HTTPResponse(
                statusCode: .ok,
                body: Data("<CompleteMultipartUploadResult><ETag>\(tag)</ETag></CompleteMultipartUploadResult>".utf8))
        case "PUT":
            guard state.writesLeft > 0 else { return error(403, "AccessDenied") }
            if let earlier = state.earlierWrites.removeValue(forKey: key) { state.objects[key] = earlier }
            let old = state.objects[key]
            if headers["if-none-match"] == "*", old != nil { return error(412, "PreconditionFailed") }
            if let match = headers["if-match"], old.map(etag) != match { return error(412, "PreconditionFailed") }
            state.objects[key] = state.laterWrites.removeValue(forKey: key) ?? body
            state.writesLeft -= 1
            return HTTPResponse(statusCode: .ok, headers: named(etag(body)))
        case "DELETE":
            if query["uploadId"] != nil { state.uploads[key] = nil } else { state.objects[key] = nil }
            return HTTPResponse(statusCode: .noContent)
        default: return error(405, "MethodNotAllowed")
        }
    }

    private static func listing(_ query: [String: String], _ objects: [String: [UInt8]]) -> HTTPResponse {
        let keys = objects.keys.filter { $0.hasPrefix(query["prefix"] ?? "") }.sorted()
        let rest = keys.drop { $0 <= query["continuation-token"] ?? "" }
        let page = rest.prefix(pageSize)
        let more = rest.count > page.count
        var xml = "<?xml version=\"1.0\"?><ListBucketResult><IsTruncated>\(more)</IsTruncated>"
        for key in page {
            let encoded = key.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
            xml += "<Contents><Key>\(encoded)</Key><LastModified>2026-11-28T20:00:00.000Z</LastModified>"
            let tag = objects[key].map(etag)?.replacing("\"", with: "&quot;") ?? ""
            xml += "<ETag>\(tag)</ETag><Size>\(objects[key]?.count ?? 0)</Size></Contents>"
        }
        if more, let last = page.last { xml += "<NextContinuationToken>\(last)</NextContinuationToken>" }
        return HTTPResponse(statusCode: .ok, body: Data((xml + "</ListBucketResult>").utf8))
    }

    package static func etag(_ bytes: [UInt8]) -> String { "\"\(bytes.count)-\(bytes.hashValue)\"" }

    private static func named(_ etag: String) -> HTTPHeaders {
        var headers = HTTPHeaders()
        headers[HTTPHeader("ETag")] = etag
        return headers
    }

    private static func error(_ status: Int, _ code: String) -> HTTPResponse {
        HTTPResponse(
            statusCode: HTTPStatusCode(status, phrase: code), body: Data("<Error><Code>\(code)</Code></Error>".utf8))
    }
}
