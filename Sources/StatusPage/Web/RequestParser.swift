/// Reads request heads: strict, because what two programs read differently is how requests are smuggled.
enum RequestParser {
    /// Why a request is refused, as the answer's status.
    struct Refusal: Error, Equatable {
        let status: Int
    }

    static let mostHeadBytes = 16_384
    static let mostBodyBytes = 16_384
    static let mostTargetBytes = 2_048

    /// Where the head ends in what came so far: the index behind the empty line; nil: not yet.
    static func headEnd(_ bytes: [UInt8]) -> Int? {
        guard bytes.count >= 4 else { return nil }
        for index in 3..<bytes.count
        where bytes[index] == 10 && bytes[index - 1] == 13 && bytes[index - 2] == 10 && bytes[index - 3] == 13 {
            return index + 1
        }
        return nil
    }

    /// Takes a head apart.
    /// - Parameter head: up to and with the empty line.
    /// - Returns: the request without its body, and how many bytes that body has.
    static func parse(_ head: some Collection<UInt8>) throws(Refusal) -> (WebRequest, bodyLength: Int) {
        guard let text = String(validating: head, as: UTF8.self) else { throw Refusal(status: 400) }
        // Swift takes CR LF for one character: bytes are compared, not characters.
        var lines = text.utf8.split(separator: 10).map { line in
            String(decoding: line.last == 13 ? line.dropLast() : line[...], as: UTF8.self)
        }
        guard let first = lines.first, lines.last == "" else { throw Refusal(status: 400) }
        lines = Array(lines.dropFirst().dropLast())
        guard lines.count <= 100, !text.utf8.contains(0) else { throw Refusal(status: 400) }
        var request = try requestLine(first)
        var names: Set<String> = []
        for line in lines {
            guard let colon = line.utf8.firstIndex(of: UInt8(ascii: ":")) else { throw Refusal(status: 400) }
            let name = line[..<colon].lowercased()
            guard !name.isEmpty, name.utf8.allSatisfy(isNameByte) else { throw Refusal(status: 400) }
            let value = line[line.utf8.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            let trimmed = String(value.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
            if !names.insert(name).inserted {
                guard !["host", "content-length", "authorization", "origin"].contains(name) else {
                    throw Refusal(status: 400)
                }
                request.headers[name]? += (name == "cookie" ? "; " : ", ") + trimmed
            } else {
                request.headers[name] = trimmed
            }
        }
        guard request.headers["host"] != nil else { throw Refusal(status: 400) }
        guard request.headers["transfer-encoding"] == nil else { throw Refusal(status: 501) }
        let connection = (request.headers["connection"] ?? "").lowercased()
        if connection.contains("close") { request.keepsAlive = false }
        guard let length = request.headers["content-length"] else { return (request, 0) }
        guard !length.isEmpty, length.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw Refusal(status: 400)
        }
        guard let count = Int(length), count <= mostBodyBytes else { throw Refusal(status: 413) }
        return (request, count)
    }

    private static func requestLine(_ line: String) throws(Refusal) -> WebRequest {
        let parts = line.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[1].hasPrefix("/") else { throw Refusal(status: 400) }
        guard parts[1].utf8.count <= mostTargetBytes else { throw Refusal(status: 414) }
        guard ["HTTP/1.1", "HTTP/1.0"].contains(parts[2]) else { throw Refusal(status: 505) }
        guard ["GET", "HEAD", "POST"].contains(parts[0]) else { throw Refusal(status: 405) }
        let target = parts[1].prefix { $0 != "#" }
        let path = target.prefix { $0 != "?" }
        var request = WebRequest(method: String(parts[0]), path: [])
        for part in path.split(separator: "/") {
            guard let decoded = WebRequest.decode(part), decoded != "..", decoded != "." else {
                throw Refusal(status: 400)
            }
            request.path.append(decoded)
        }
        request.query = WebRequest.fields(target.dropFirst(path.count + 1))
        request.keepsAlive = parts[2] == "HTTP/1.1"
        return request
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
    }
}
