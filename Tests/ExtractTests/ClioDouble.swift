import FlyingFox
import FlyingSocks
import Foundation
import Synchronization

/// A small Clio: lists with a cursor, tokens, and whatever trouble a test asks for. Knows nothing of the code under test.
final class ClioDouble: Sendable {
    /// One record: an id, when it begins and ends (for lists cut in time), and the rest of its members.
    struct Record: Sendable {
        var id: Int
        var begins = 0.0
        var ends = 0.0
        /// When it was changed last; 0: not told.
        var updated = 0.0
        var rest = ""
        /// What the list's group filter looks at; nil: it belongs to none.
        var group: Int?
        /// Whether its id is left out of what is shown.
        var hidesID = false
        var json: String {
            let change = updated == 0 ? "" : ",\"updated_at\":\"\(ClioDouble.instant(updated))\""
            if hidesID { return "{\"nr\":\(id)\(change)\(rest.isEmpty ? "" : ","  + rest)}" }
            return "{\"id\":\(id)\(change)\(rest.isEmpty ? "" : ","  + rest)}"
        }
    }

    struct List: Sendable {
        var records: [Record] = []
        /// Rows behind which the cursor is out of bounds when no order was asked for.
        var wall: Int?
        /// The wall stands even with an order.
        var wallStandsAlways = false
        var ignoresWindow = false
        /// The parameter that filters by group.
        var groupParameter: String?
        var reportsTotal = true
        /// Added to what it reports.
        var totalIsOffBy = 0
        /// Whether it reports how long the whole list is, whatever the filters.
        var countsEverything = false
        /// Whether a record can be requested by itself.
        var showsSingles = true
        /// Parameters without effect.
        var ignoredParameters: Set<String> = []
        /// A parameter that is answered with 400.
        var refusedParameter: String?
        var refusedFields: Set<String> = []
        /// Whether the refusal names the field.
        var namesRefusedField = true
        var status = 200
    }

    /// What happens instead of the usual answer.
    enum Trouble: Sendable {
        case status(Int, body: String = "", headers: [String: String] = [:])
        case body(String)
        case foreignNext
    }

    struct State: Sendable {
        var lists: [String: List] = [:]
        var validTokens: Set<String> = ["T1"]
        var refreshAnswers: [String] = []
        /// By the number of the renewal, from 1.
        var refreshTroubles: [Int: Trouble] = [:]
        /// By the number of the list request, from 1.
        var troubles: [Int: Trouble] = [:]
        var requests: [String] = []
        var refreshes: [String] = []
        var bearers: [String] = []
        /// Cursors issued before this number are no longer taken.
        var staleBefore = 0
        /// The answer to those.
        var staleStatus = 422
        /// Requests that each token is good for.
        var tokenLife: Int?
        var issued = 0
        /// The numbers of the list requests, from 1, that the group filter is not looked at for.
        var ignoresGroupAt = 0..<0
        /// Ids that a list shows only to who asks for them by id.
        var hiddenFromLists: Set<Int> = []
        var limit = 100_000
        var used = 0
        var onRequest: (@Sendable (Int) -> Void)?
    }

    let state: Mutex<State>
    private let server: HTTPServer
    private let port = Mutex(0)
    private let task = Mutex<Task<Void, Never>?>(nil)

    init(_ state: State) throws {
        self.state = Mutex(state)
        server = HTTPServer(address: try .inet(ip4: "127.0.0.1", port: 0), logger: .disabled)
    }

    var baseURL: String { "http://127.0.0.1:\(port.withLock { $0 })" }
    var requests: [String] { state.withLock { $0.requests } }

    func start() async throws {
        await server.appendRoute("*") { [weak self] request in
            guard let self else { return HTTPResponse(statusCode: .internalServerError) }
            return self.answer(request, body: try await request.bodyData)
        }
        let server = server
        let running = Task<Void, Never> { try? await server.run() }
        task.withLock { $0 = running }
        try await server.waitUntilListening(timeout: 120)
        if case .ip4(_, port: let number) = await server.listeningAddress { port.withLock { $0 = Int(number) } }
    }

    func stop() async {
        await server.stop()
        task.withLock { $0?.cancel() }
    }

    private func answer(_ request: HTTPRequest, body: Data) -> HTTPResponse {
        if request.path == "/oauth/token" {
            return state.withLock { state in
                state.refreshes.append(String(decoding: body, as: UTF8.self))
                if case .status(let status, let body, let headers) = state.refreshTroubles[state.refreshes.count] {
                    return Self.json(status, body, headers)
                }
                if state.tokenLife != nil {
                    let token = "T\(state.refreshes.count + 1)"
                    state.validTokens = [token]
                    return Self.json(200, "{\"access_token\":\"\(token)\"}")
                }
                guard !state.refreshAnswers.isEmpty else { return Self.json(400, #"{"error":"invalid_grant"}"#) }
                return Self.json(200, state.refreshAnswers.removeFirst())
            }
        }
        let target = request.path + "?" + request.query.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
        let (response, hook, number) = state.withLock { state -> (HTTPResponse, (@Sendable (Int) -> Void)?, Int) in
            state.requests.append(target)
            let bearer = request.headers[.authorization] ?? ""
            state.bearers.append(bearer)
            return (list(request, bearer, &state), state.onRequest, state.requests.count)
        }
        hook?(number)
        return response
    }

    private func list(_ request: HTTPRequest, _ bearer: String, _ state: inout State) -> HTTPResponse {
        guard bearer.hasPrefix("Bearer ") else {
            return Self.json(401, #"{"error":{"type":"UnauthorizedError","message":"User is not authorized"}}"#)
        }
        guard state.validTokens.contains(String(bearer.dropFirst(7))) else {
            return Self.json(401, #"{"error":"invalid_token","error_description":"The access token expired"}"#)
        }
        if let life = state.tokenLife {
            if state.used >= life {
                state.validTokens = []
                state.used = 0
            }
        }
        state.used += 1
        let now = Int(Date().timeIntervalSince1970)
        let rate = [
            "X-RateLimit-Limit": "\(state.limit)", "X-RateLimit-Remaining": "\(max(0, state.limit - state.used))",
            "X-RateLimit-Reset": "\(now + 60)", "Date": Self.httpDate(Date()),
        ]
        var isForeign = false
        switch state.troubles[state.requests.count] {
        case .status(let status, let body, let headers):
            return Self.json(status, body, rate.merging(headers) { $1 })
        case .body(let text): return Self.json(200, text, rate)
        case .foreignNext: isForeign = true
        case nil: break
        }
        if request.path.hasSuffix("/who_am_i.json") {
            return Self.json(200, #"{"data":{"id":350963386,"etag":"\"x\"","name":"Ada"}}"#, rate)
        }
        let path = request.path.split(separator: "/")
        if let id = path.last.flatMap({ Int($0.replacing(".json", with: "")) }), path.count > 1 {
            let list = state.lists[String(path[path.count - 2])]
            let record = list?.showsSingles == true ? list?.records.first { $0.id == id } : nil
            return record.map { Self.json(200, "{\"data\":\($0.json)}", rate) }
                ?? Self.json(404, #"{"error":{"message":"none"}}"#, rate)
        }
        let name = path.last.map { $0.replacingOccurrences(of: ".json", with: "") } ?? ""
        guard let list = state.lists[name] else { return Self.json(404, #"{"error":{"message":"none"}}"#, rate) }
        if list.status != 200 {
            return Self.json(list.status, #"{"error":{"type":"ForbiddenError","message":"not for you"}}"#, rate)
        }
        func value(_ name: String) -> String? {
            list.ignoredParameters.contains(name) ? nil : request.query.first { $0.name == name }?.value
        }
        if let fields = value("fields") {
            let asked = fields.split { ",{}".contains($0) }.map { String($0) }
            if let bad = asked.first(where: list.refusedFields.contains) {
                let text = list.namesRefusedField ? "Invalid field: \(bad)" : "Something is wrong"
                return Self.json(400, "{\"error\":{\"type\":\"ArgumentError\",\"message\":\"\(text)\"}}", rate)
            }
        }
        if let refused = list.refusedParameter, value(refused) != nil {
            return Self.json(400, #"{"error":{"type":"BadRequest","message":"not supported"}}"#, rate)
        }
        var records = list.records
        if !list.ignoresWindow {
            let parse = { (text: String) in ISO8601DateFormatter().date(from: text)?.timeIntervalSince1970 ?? 0 }
            if let from = value("from").map(parse) { records.removeAll { $0.ends < from } }
            if let to = value("to").map(parse) { records.removeAll { $0.begins > to } }
            if let since = value("created_since").map(parse) { records.removeAll { $0.begins < since } }
            if let since = value("updated_since").map(parse) {
                records.removeAll { max($0.updated, $0.begins) < since }
            }
            if let wanted = list.groupParameter.flatMap(value), !state.ignoresGroupAt.contains(state.requests.count) {
                records.removeAll { ($0.group.map { String($0) } ?? "null") != wanted }
            }
            let ids = Set(
                request.query.filter { $0.name == "ids[]" && !list.ignoredParameters.contains($0.name) }.compactMap {
                    Int($0.value)
                })
            if ids.isEmpty {
                records.removeAll { state.hiddenFromLists.contains($0.id) }
            } else {
                records.removeAll { !ids.contains($0.id) }
            }
        }
        var start = 0
        if let token = value("page_token") {
            let parts = token.split(separator: "-").compactMap { Int($0) }
            start = parts.first ?? 0
            let isCapped = list.wallStandsAlways || value("order") != "id(asc)"
            let isBeyond = list.wall.map { isCapped && start >= $0 } ?? false
            if isBeyond || (parts.last ?? 0) < state.staleBefore {
                return Self.json(
                    isBeyond ? 422 : state.staleStatus,
                    #"{"error":{"type":"ArgumentError","message":"page_token is now out of bounds and cannot be used."}}"#,
                    rate)
            }
        }
        let limit = value("limit").flatMap { Int($0) } ?? 200
        let page = records[min(start, records.count)..<min(start + limit, records.count)]
        var meta: [String] = []
        if list.reportsTotal {
            meta.append("\"records\":\((list.countsEverything ? list.records : records).count + list.totalIsOffBy)")
        }
        if start + limit < records.count {
            state.issued += 1
            let query = request.query.filter { $0.name != "page_token" }.map {
                "\($0.name)=\($0.value.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")"
            }
            let host = isForeign ? "http://evil.example" : baseURL
            let link =
                "\(host)\(request.path)?"
                + (query + ["page_token=\(start + limit)-\(state.issued)"])
                .joined(separator: "&")
            meta.append("\"paging\":{\"next\":\"\(link)\"}")
        }
        return Self.json(
            200, "{\"data\":[\(page.map(\.json).joined(separator: ","))],\"meta\":{\(meta.joined(separator: ","))}}",
            rate)
    }

    private static func httpDate(_ date: Date) -> String {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(identifier: "GMT")
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        return formatter.string(from: date)
    }

    static func instant(_ seconds: Double) -> String {
        ISO8601DateFormatter().string(from: Date(timeIntervalSince1970: seconds))
    }

    private static func json(_ status: Int, _ text: String, _ headers: [String: String] = [:]) -> HTTPResponse {
        var fields: HTTPHeaders = [HTTPHeader("Content-Type"): "application/json"]
        for (name, value) in headers { fields[HTTPHeader(name)] = value }
        return HTTPResponse(
            statusCode: HTTPStatusCode(status, phrase: "status"), headers: fields, body: Data(text.utf8))
    }
}
