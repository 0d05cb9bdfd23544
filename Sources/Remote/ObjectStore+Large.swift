internal import Foundation
internal import HTTP

/// Files that are too large to be held in memory.
extension ObjectStore {
    /// Bytes that are sent or received at a time.
    static let pieceBytes = 16 << 20

    /// Stores a file as one object, in one step.
    /// - Returns: its ETag; nil when the condition does not hold.
    func put(_ key: String, file: MappedFile, if condition: Condition) async throws -> String? {
        guard file.count > Self.pieceBytes else { return try await put(key, file.bytes(0..<file.count), if: condition) }
        let upload = try await beginUpload(key)
        do {
            var etags: [String] = []
            for range in file.pieces(of: Self.pieceBytes) {
                etags.append(try await putPart(key, upload, number: etags.count + 1, file.bytes(range)))
            }
            return try await completeUpload(key, upload, etags, if: condition)
        } catch {
            // What is left of it costs money; the first error is the one to tell.
            try? await ask(.delete, key: key, query: [("uploadId", upload)]) { response in
                response.status == 204 || response.status == 404 ? () : nil
            }
            throw error
        }
    }

    private func beginUpload(_ key: String) async throws -> String {
        try await ask(.post, key: key, query: [("uploads", "")], headers: Self.binary) { response in
            guard response.status == 200 else { return nil }
            return ListingPage.element("UploadId", in: response.body.text[...])
        }
    }

    private func putPart(_ key: String, _ upload: String, number: Int, _ bytes: [UInt8]) async throws -> String {
        let query = [("partNumber", String(number)), ("uploadId", upload)]
        return try await ask(.put, key: key, query: query, headers: Self.binary, body: bytes) { response in
            response.status == 200 ? response.headers["ETag"] : nil
        }
    }

    private func completeUpload(
        _ key: String, _ upload: String, _ etags: [String], if condition: Condition
    ) async throws -> String? {
        var xml = "<CompleteMultipartUpload>"
        for (index, etag) in etags.enumerated() {
            xml += "<Part><PartNumber>\(index + 1)</PartNumber><ETag>\(etag)</ETag></Part>"
        }
        xml += "</CompleteMultipartUpload>"
        let headers = condition.headers(adding: ["Content-Type": "application/xml"])
        return try await ask(
            .post, key: key, query: [("uploadId", upload)], headers: headers, body: Array(xml.utf8)
        ) { response -> String?? in
            if response.status == 412 { return .some(nil) }
            // An error can come with status 200 here.
            guard response.status == 200, response.body.text.contains("<CompleteMultipartUploadResult") else {
                return nil
            }
            return ListingPage.element("ETag", in: response.body.text[...])
        }
    }

    /// Some bytes of an object; the whole object from a store that knows no ranges; nil when there is none, or another one.
    /// - Parameter etag: of the object that is meant.
    func get(_ key: String, _ range: Range<Int>, etag: String) async throws -> (bytes: [UInt8], isWhole: Bool)? {
        let headers: HTTPHeaders = ["Range": "bytes=\(range.lowerBound)-\(range.upperBound - 1)", "If-Match": etag]
        return try await ask(.get, key: key, headers: headers) { response -> ([UInt8], Bool)?? in
            switch response.status {
            case 206: .some((response.body.wholeBytes, false))
            case 200: .some((response.body.wholeBytes, true))
            case 404, 412: .some(nil)
            default: nil
            }
        }
    }

    private static let binary: HTTPHeaders = ["Content-Type": "application/octet-stream"]
}

/// A file that is read where it is needed.
struct MappedFile: Sendable {
    private let data: Data

    init(_ path: String) throws {
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped)
        } catch {
            throw RemoteError(.unavailable, "\(path): cannot be read; check it, then run again")
        }
    }

    var count: Int { data.count }
    var digest: String { FolderSnapshot.digest(data) }

    func bytes(_ range: Range<Int>) -> [UInt8] { Array(data[range]) }

    /// The ranges of its pieces.
    func pieces(of bytes: Int) -> [Range<Int>] {
        stride(from: 0, to: count, by: bytes).map { $0..<min($0 + bytes, count) }
    }
}
