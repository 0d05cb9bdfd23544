internal import FlyingFox
internal import Foundation
internal import LocalServer

/// The page on 127.0.0.1 to which Clio sends the browser with the code.
final class LoginPage: Sendable {
    static let path = "/callback"

    /// What the address's query says: the code, or the error that the page is to show.
    typealias Reader = @Sendable (String) -> Result<String, LoginError>

    private let server: LocalServer
    private let results: AsyncStream<Result<String, LoginError>>
    private let port: Int

    init(port: Int, _ read: @escaping Reader) throws(LoginError) {
        let (results, sink) = AsyncStream.makeStream(of: Result<String, LoginError>.self)
        self.results = results
        self.port = port
        do {
            server = try LocalServer(.loopback(port: port)) { request in
                // A browser asks for icons, too: only the redirect counts.
                guard request.method == .GET, request.target.path() == Self.path else {
                    return Self.page(.notFound, "There is nothing here.")
                }
                let result = read(request.target.query())
                let text: (HTTPStatusCode, String) =
                    switch result {
                    case .success:
                        (.ok, "Clio's answer has arrived. You may close this window and go back to the terminal.")
                    case .failure(let error): (.badRequest, error.description)
                    }
                // The server stops at the result: not before the browser has its answer.
                return Self.page(text.0, text.1) { sink.yield(result) }
            }
        } catch {
            throw Self.failure(port, "\(error)", isTaken: false)
        }
    }

    /// Listens, and returns the port.
    func start() async throws(LoginError) -> Int {
        do {
            return try await server.start()
        } catch {
            throw Self.failure(port, error.description, isTaken: error.isTaken)
        }
    }

    /// Waits for the browser, answers it, and stops listening.
    func code(within seconds: Double) async throws(LoginError) -> String {
        let result = await withTaskGroup(of: Result<String, LoginError>?.self) { group in
            group.addTask { [results] in
                for await result in results { return result }
                return nil
            }
            group.addTask {
                try? await Task.sleep(for: .seconds(seconds))
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
        await server.stop()
        guard let result else {
            throw LoginError(
                .timeout,
                "no answer from the browser within \(Int(seconds)) s; log in again, or use --paste when the "
                    + "browser is on another machine")
        }
        return try result.get()
    }

    private static func failure(_ port: Int, _ why: String, isTaken: Bool) -> LoginError {
        LoginError(
            .port,
            isTaken
                ? "port \(port) is taken by another program; end it, or choose another --port that the application's "
                    + "redirect addresses name"
                : "127.0.0.1:\(port) cannot be listened on (\(why)); choose another --port, or use --paste")
    }

    private static func page(
        _ status: HTTPStatusCode, _ text: String, sent: @escaping @Sendable () -> Void = {}
    ) -> HTTPResponse {
        let safe = text.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
        let page = """
            <!doctype html><html lang="en"><meta charset="utf-8"><title>cliosync</title>\
            <body style="font-family:sans-serif;margin:4em auto;max-width:36em"><h1>cliosync</h1><p>\(safe)</p></body></html>
            """
        let headers = HTTPHeaders([
            HTTPHeader("Content-Type"): "text/html; charset=utf-8", HTTPHeader("Cache-Control"): "no-store",
            HTTPHeader("Referrer-Policy"): "no-referrer",
            HTTPHeader("Content-Security-Policy"): "default-src 'none'; style-src 'unsafe-inline'",
        ])
        let body = Data(page.utf8)
        return HTTPResponse(
            statusCode: status, headers: headers,
            body: HTTPBodySequence(
                from: WholeBody(body, released: sent), count: body.count, suggestedBufferSize: body.count))
    }
}
