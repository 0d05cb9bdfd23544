internal import Dispatch
internal import Foundation

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Listens on 127.0.0.1 for the one request with which a browser brings the code.
final class LoopbackListener: Sendable {
    static let path = "/callback"
    let port: Int
    private let descriptor: Int32

    /// - Parameter port: 0 takes a free one.
    init(port wanted: Int) throws(LoginError) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Self.failure(wanted) }
        // A port that a login of a minute ago used is not free by itself.
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(clamping: wanted).bigEndian)
        address.sin_addr.s_addr = in_addr_t(UInt32(0x7F00_0001).bigEndian)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let listening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(descriptor, generic, length) == 0 && listen(descriptor, 8) == 0
                    && getsockname(descriptor, generic, &length) == 0
            }
        }
        guard listening else {
            let error = Self.failure(wanted)
            close(descriptor)
            throw error
        }
        self.descriptor = descriptor
        port = Int(UInt16(bigEndian: address.sin_port))
    }

    deinit { close(descriptor) }

    private static func failure(_ port: Int) -> LoginError {
        let number = errno
        let why = String(cString: strerror(number))
        return LoginError(
            .port,
            number == EADDRINUSE
                ? "port \(port) is taken by another program; end it, or choose another --port that the application's "
                    + "redirect addresses name"
                : "127.0.0.1:\(port) cannot be listened on (\(why)); choose another --port, or use --paste")
    }

    /// Waits for the browser.
    /// - Parameter answer: makes of the query either the code or the error that the page is to show.
    func code(
        within seconds: Double, _ answer: @escaping @Sendable (String) -> Result<String, LoginError>
    ) async throws(LoginError) -> String {
        let result: Result<String, LoginError> = await withCheckedContinuation { continuation in
            // Blocking calls on a thread of its own.
            DispatchQueue(label: "cliosync.login").async { [self] in
                continuation.resume(returning: wait(seconds, answer))
            }
        }
        return try result.get()
    }

    private func wait(
        _ seconds: Double, _ answer: (String) -> Result<String, LoginError>
    ) -> Result<String, LoginError> {
        let end = DispatchTime.now() + seconds
        while true {
            let left = Double(Int64(end.uptimeNanoseconds) - Int64(DispatchTime.now().uptimeNanoseconds)) / 1e9
            guard left > 0, isReadable(descriptor, left) else {
                return .failure(
                    LoginError(
                        .timeout,
                        "nobody answered in the browser within \(Int(seconds)) s; log in again, or use --paste when the "
                            + "browser is on another machine"))
            }
            let connection = accept(descriptor, nil, nil)
            guard connection >= 0 else { continue }
            defer { close(connection) }
            // A browser opens connections ahead and asks for icons: only the redirect counts.
            guard let target = request(connection) else { continue }
            let halves = target.split(separator: "?", maxSplits: 1).map(String.init)
            guard halves.first == Self.path else {
                respond(connection, "404 Not Found", "There is nothing here.")
                continue
            }
            let result = answer(halves.count > 1 ? halves[1] : "")
            switch result {
            case .success:
                respond(
                    connection, "200 OK",
                    "Clio's answer has arrived. You may close this window and go back to the terminal.")
            case .failure(let error): respond(connection, "400 Bad Request", error.description)
            }
            return result
        }
    }

    private func isReadable(_ descriptor: Int32, _ seconds: Double) -> Bool {
        var item = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        while true {
            let count = poll(&item, 1, Int32(min(seconds * 1000 + 1, 2e9)))
            if count < 0 && errno == EINTR { continue }
            return count > 0
        }
    }

    /// The target of a GET; nil when what came is none.
    private func request(_ connection: Int32) -> String? {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        // Five seconds for a head of 16 KB is more than any browser needs.
        let end = DispatchTime.now() + 5
        while bytes.count < 16_384, DispatchTime.now() < end, isReadable(connection, 1) {
            let count = recv(connection, &chunk, chunk.count, 0)
            guard count > 0 else { return nil }
            bytes += chunk[..<count]
            let text = String(decoding: bytes, as: UTF8.self)
            guard text.contains("\r\n\r\n") else { continue }
            let words = text.prefix { $0 != "\r\n" }.split(separator: " ")
            return words.count == 3 && words[0] == "GET" ? String(words[1]) : nil
        }
        return nil
    }

    private func respond(_ connection: Int32, _ status: String, _ text: String) {
        let safe = text.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
        let page = """
            <!doctype html><html lang="en"><meta charset="utf-8"><title>cliosync</title>\
            <body style="font-family:sans-serif;margin:4em auto;max-width:36em"><h1>cliosync</h1><p>\(safe)</p></body></html>
            """
        let head = [
            "HTTP/1.1 \(status)", "Content-Type: text/html; charset=utf-8", "Content-Length: \(page.utf8.count)",
            "Cache-Control: no-store", "Referrer-Policy: no-referrer", "Connection: close",
            "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'",
        ]
        let bytes = Array((head.joined(separator: "\r\n") + "\r\n\r\n" + page).utf8)
        _ = send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        shutdown(connection, Int32(SHUT_WR))
    }
}
