import Foundation
import Glibc
import Synchronization

/// Answers each connection with fixed bytes, so that what no proper server sends can be sent too.
final class RawServer: Sendable {
    /// What to send for a request, and what to do then.
    struct Script: Sendable {
        var bytes: [UInt8]
        /// Keeps the connection open and silent instead of closing it.
        var hangs = false
        /// Waits for further requests on the same connection.
        var keepsAlive = false

        init(_ head: String, body: [UInt8] = [], hangs: Bool = false, keepsAlive: Bool = false) {
            bytes = Array(head.replacingOccurrences(of: "\n", with: "\r\n").utf8) + body
            self.hangs = hangs
            self.keepsAlive = keepsAlive
        }
    }

    let port: Int
    private let descriptor: Int32
    private let seen = Mutex<[String]>([])

    /// The requests so far, head and body.
    var requests: [String] { seen.withLock { $0 } }

    init(_ answer: @escaping @Sendable (String) -> Script) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
                bind(listener, raw, length) == 0 && listen(listener, 64) == 0
                    && getsockname(listener, raw, &length) == 0
            }
        }
        guard bound else { throw CocoaError(.featureUnsupported) }
        port = Int(UInt16(bigEndian: address.sin_port))
        descriptor = listener
        Thread.detachNewThread { [self] in
            while true {
                let client = accept(listener, nil, nil)
                if client < 0 { return }
                Thread.detachNewThread { self.serve(client, answer) }
            }
        }
    }

    func stop() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    private func serve(_ client: Int32, _ answer: (String) -> Script) {
        defer { close(client) }
        while let request = read(client) {
            seen.withLock { $0.append(request) }
            let script = answer(request)
            var rest = script.bytes[...]
            while !rest.isEmpty {
                let sent = rest.withUnsafeBytes { send(client, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
                if sent <= 0 { return }
                rest = rest.dropFirst(sent)
            }
            if script.hangs {
                var byte: UInt8 = 0
                _ = recv(client, &byte, 1, 0)
                return
            }
            if !script.keepsAlive { return }
        }
    }

    private func read(_ client: Int32) -> String? {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(client, &chunk, chunk.count, 0)
            if count <= 0 { return nil }
            bytes += chunk[..<count]
            let text = String(decoding: bytes, as: UTF8.self)
            guard let end = text.range(of: "\r\n\r\n") else { continue }
            let length =
                text.lowercased().split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
                .flatMap { Int($0.dropFirst(15).trimmingCharacters(in: .whitespaces)) } ?? 0
            if text[end.upperBound...].utf8.count >= length { return text }
        }
    }
}
