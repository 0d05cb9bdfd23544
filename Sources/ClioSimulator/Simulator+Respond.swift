internal import FlyingFox
internal import Foundation
internal import Synchronization

extension Simulator {
    /// A request, taken apart.
    struct Incoming: Sendable {
        var method: String
        var path: String
        var query: Query
        var headers: [String: String]
        var body: String
        var host: String

        func header(_ name: String) -> String? {
            headers[name.lowercased()]
        }
    }

    func respond(_ request: HTTPRequest) async -> HTTPResponse {
        let began = ContinuousClock.now
        let time = options.clock()
        var headers: [String: String] = [:]
        for key in request.headers.keys { headers[key.rawValue.lowercased()] = request.headers[key] }
        let body = (try? await request.bodyData).map { String(decoding: $0, as: UTF8.self) } ?? ""
        let incoming = Incoming(
            method: request.method.rawValue, path: Query.decoded(request.target.path()[...]),
            query: Query(encoded: request.target.query()), headers: headers, body: body,
            host: headers["host"] ?? "127.0.0.1")
        if incoming.path.hasPrefix("/simulator/") {
            return control(incoming).response(acceptsGzip: false)
        }
        var answer = await answer(incoming, at: time)
        answer.set("Date", CivilDate.httpDate(Int(options.clock())))
        answer.set("X-Request-Id", String(fingerprint("\(time)\(incoming.path)"), radix: 16))
        let elapsed = ContinuousClock.now - began
        log.append(
            RequestRecord(
                time: time, method: incoming.method, path: incoming.path,
                query: incoming.query.items.map { $0.name == "page_token" ? ($0.name, "present") : Simulator.safe($0) },
                page: incoming.query["page_token"].map { String(String(fingerprint($0), radix: 16).prefix(8)) },
                kind: answer.kind, status: answer.delivery == .reset ? 0 : answer.status, records: answer.records,
                hasNext: answer.hasNext, bytes: answer.body.count,
                milliseconds: Double(elapsed.components.seconds) * 1e3 + Double(elapsed.components.attoseconds) / 1e15,
                token: answer.token, fault: answer.fault))
        return answer.response(acceptsGzip: Simulator.takesGzip(headers["accept-encoding"]))
    }

    /// The part of a parameter that may be logged: no codes and no secrets.
    private static func safe(_ item: (name: String, value: String)) -> (String, String) {
        ["code", "client_secret", "refresh_token", "access_token"].contains(item.name)
            ? (item.name, "present") : (item.name, item.value)
    }

    private static func takesGzip(_ header: String?) -> Bool {
        guard let header else { return false }
        return header.lowercased().split(separator: ",").contains { coding in
            let parts = coding.split(separator: ";").map { $0.filter { $0 != " " } }
            guard parts.first == "gzip" || parts.first == "*" else { return false }
            return !parts.dropFirst().contains { $0 == "q=0" || $0 == "q=0.0" }
        }
    }

    private func answer(_ incoming: Incoming, at time: Double) async -> Answer {
        if incoming.path.hasPrefix("/oauth/") { return oauth(incoming, at: time) }
        guard incoming.path.hasPrefix("/api/v4/") else {
            return .error(QueryError(status: 404, type: "NotFound", message: "There is nothing here."))
        }
        switch admit(incoming, at: time) {
        case .refused(let answer):
            return answer
        case .admitted(let headers, let token, let owner):
            var answer = await api(incoming, owner)
            answer.headers += headers
            answer.token = token
            return answer
        }
    }

    private enum Admission {
        case refused(Answer)
        case admitted([(name: String, value: String)], token: String, owner: Tokens.Owner)
    }

    /// Checks the token, then counts the request, then looks at the version: what Clio does before it reads the rest.
    private func admit(_ incoming: Incoming, at time: Double) -> Admission {
        let words = (incoming.header("authorization") ?? "").split(separator: " ")
        guard words.count == 2, words[0].lowercased() == "bearer" else {
            return .refused(
                .error(QueryError(status: 401, type: "UnauthorizedError", message: "User is not authorized")))
        }
        let token = String(words[1])
        let mark = String(String(fingerprint(token), radix: 16).prefix(8))
        let counted = state.withLock { state -> (RateWindow.Verdict, Tokens.Owner)? in
            guard let owner = state.tokens.use(token, at: time) else { return nil }
            let verdict = state.windows[token, default: RateWindow()].count(
                at: time, limit: state.limit, window: options.window)
            return (verdict, owner)
        }
        guard let (verdict, owner) = counted else {
            var answer = Answer.json(Simulator.invalidToken, status: 401)
            answer.set("WWW-Authenticate", #"Bearer error="invalid_token""#)
            answer.token = mark
            return .refused(answer)
        }
        let version = incoming.header("x-api-version") ?? "4.0.13"
        let headers = [
            ("X-RateLimit-Limit", String(verdict.limit)), ("X-RateLimit-Remaining", String(verdict.remaining)),
            ("X-RateLimit-Reset", String(verdict.reset)), ("X-API-VERSION", version),
        ]
        var refusal: Answer?
        if !verdict.allowed {
            refusal = Simulator.throttled(limit: verdict.limit, seconds: verdict.retryAfter)
        } else if !Simulator.versions.contains(version) {
            refusal = .error(
                QueryError(status: 410, type: "VersionGone", message: "This API version is not available."))
        } else if incoming.method != "GET" {
            refusal = .error(QueryError(status: 405, type: "MethodNotAllowed", message: "Only GET is simulated."))
        }
        guard var refusal else { return .admitted(headers, token: mark, owner: owner) }
        refusal.headers += headers
        refusal.token = mark
        refusal.kind = incoming.path.split(separator: "/").dropFirst(2).first.flatMap { segment in
            Kind.named(segment.hasSuffix(".json") ? segment.dropLast(5) : segment)?.path
        }
        return .refused(refusal)
    }

    static func throttled(limit: Int, seconds: Int) -> Answer {
        var answer = Answer.error(
            QueryError(
                status: 429, type: "RateLimited",
                message: "Rate limit of \(limit) exceeded. Retry in \(seconds) seconds."))
        answer.set("Retry-After", String(seconds))
        return answer
    }

    static let invalidToken = Output.build { output in
        output.raw(#"{"error":"invalid_token","error_description":"#)
        output.string("The access token provided is expired, revoked, malformed or invalid for other reasons.")
        output.byte(0x7D)
    }

    private static let versions = Set((4...13).map { "4.0.\($0)" })
}
