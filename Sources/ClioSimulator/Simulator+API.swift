internal import Foundation
internal import Synchronization

extension Simulator {
    /// Answers an authenticated GET below `/api/v4/`.
    func api(_ incoming: Incoming, _ owner: Tokens.Owner) async -> Answer {
        var segments = incoming.path.split(separator: "/").dropFirst(2).map(String.init)
        if let last = segments.last, last.hasSuffix(".json") { segments[segments.count - 1] = String(last.dropLast(5)) }
        guard let first = segments.first, let kind = Kind.named(first), segments.count <= 2 else {
            return .error(QueryError(status: 404, type: "NotFound", message: "There is no such end point here."))
        }
        var answer: Answer
        if let status = state.withLock({ $0.forbidden[kind.path] }) {
            answer = Simulator.refusal(status, incoming)
        } else if segments.count == 1 {
            answer = await list(kind, incoming, owner)
        } else {
            answer = single(kind, segments[1], incoming, owner)
        }
        answer.kind = kind.path
        return answer
    }

    /// How Clio refuses a list that a user or a plan does not have.
    private static func refusal(_ status: Int, _ incoming: Incoming) -> Answer {
        switch status {
        case 404: return .error(.notFound)
        case 307:
            var answer = Answer(status: 307)
            answer.set("Location", incoming.path)
            return answer
        default: return .error(.forbidden)
        }
    }

    // MARK: One record

    private func single(_ kind: Kind, _ id: String, _ incoming: Incoming, _ owner: Tokens.Owner) -> Answer {
        let firm = state.withLock { $0.firms[owner.account] }
        let index: Int?
        var fields = incoming.query["fields"]
        if kind == .users, id == "who_am_i" {
            if options.forbidsIdentity { return .error(.forbidden) }
            if !options.namesAccount, fields?.contains("account") == true {
                return .error(.argument("account is not a valid field"))
            }
            index = owner.user
            if (fields ?? "").isEmpty { fields = "id,etag,name" }
        } else {
            index = Int(id).flatMap { kind.identity.index($0) }
        }
        do throws(QueryError) {
            let plan = try plan(fields, kind)
            guard let index, firm.exists(kind, index), owner.sees(kind, index) else { throw QueryError.notFound }
            let halves = firm.etag(salt: kind.identity.salt, index, revision: firm.revision(kind, index))
            let etag = Output.build { output in
                output.quote()
                output.hex(halves.0)
                output.hex(halves.1)
                output.quote()
            }
            let tag = String(decoding: etag, as: UTF8.self)
            var answer = Answer.json([])
            if incoming.header("if-none-match")?.contains(tag) ?? false {
                answer.status = 304
            } else {
                answer.body = Output.build { output in
                    output.raw(#"{"data":"#)
                    plan.writeRecord(firm, kind, index, extras: options.unknownFields, into: &output)
                    output.byte(0x7D)
                }
                answer.records = 1
            }
            answer.set("ETag", tag)
            answer.set("Last-Modified", CivilDate.httpDate(firm.updated(kind, index)))
            return answer
        } catch {
            return .error(error)
        }
    }

    // MARK: Lists

    private func list(_ kind: Kind, _ incoming: Incoming, _ owner: Tokens.Owner) async -> Answer {
        let (firm, number, faults, counting, latency, jitter) = state.withLock { state in
            state.listRequests += 1
            return (
                state.firms[owner.account], state.listRequests, state.faults, state.counting, state.latency,
                state.jitter
            )
        }
        let fault = faults.first { $0.strikes(number, seed: options.seed) }?.name
        let extra = jitter * Double(mixed(options.seed ^ UInt64(number)) >> 11) / Double(1 << 53)
        do {
            while state.withLock({ $0.held < number }) { try await Task.sleep(for: .milliseconds(5)) }
            if latency + extra > 0 { try await Task.sleep(for: .microseconds(Int((latency + extra) * 1000))) }
            if fault == .stall { try await Task.sleep(for: .milliseconds(Int(options.stall * 1000))) }
        } catch {
            // The simulator stops: waiting requests get no answer.
            return Answer(delivery: .reset)
        }
        var answer: Answer
        if let ruin = fault.flatMap({ Simulator.ruin($0) }) {
            answer = ruin
        } else {
            do throws(QueryError) {
                answer = try page(kind, incoming, firm, fault, owner) {
                    counting.told($0, request: number)
                }
            } catch {
                answer = .error(error)
            }
        }
        answer.fault = fault?.rawValue
        return answer
    }

    /// The answer of a fault that leaves nothing of the page.
    private static func ruin(_ fault: Fault.Name) -> Answer? {
        switch fault {
        case .http500:
            return .html("<html><body><h1>We're sorry, but something went wrong.</h1></body></html>", status: 500)
        case .http503:
            return .html("<html><body><h1>503 Service Unavailable</h1></body></html>", status: 503)
        case .blockpage:
            var page = Answer.html(
                "<html><head><title>Access denied</title></head><body>Request blocked.</body></html>", status: 403)
            page.set("Server", "gateway")
            page.set("Retry-After", "1")
            return page
        case .rate429:
            return throttled(limit: 50, seconds: 1)
        case .disguised429:
            let inner =
                #"{"error": {"type": "RateLimited", "message": "Rate limit of 50 exceeded. Retry in 1 seconds."}}"#
            return .json(
                Array(
                    #"{"metadata": {"encodingDecoded": "text/plain"}, "data": "\#(Data(inner.utf8).base64EncodedString())"}"#
                        .utf8))
        case .html:
            return .html("<!DOCTYPE html><html><body>Clio is down for scheduled maintenance.</body></html>")
        case .reset:
            return Answer(delivery: .reset)
        default:
            return nil
        }
    }

    private func page(
        _ kind: Kind, _ incoming: Incoming, _ firm: Firm, _ fault: Fault.Name?, _ owner: Tokens.Owner,
        told: (Int) -> Int?
    ) throws(QueryError) -> Answer {
        var asked = incoming.query
        if fault == .ignorefilter {
            let known = ["fields", "limit", "order", "page_token", "offset"]
            asked.items.removeAll { !known.contains($0.name) }
        }
        let plan = try plan(asked["fields"], kind)
        let lister = listers[owner.account]
        let request = try lister.request(kind, asked)
        let page = try lister.page(kind, asked, request, firm, owner)
        var output = Output()
        output.bytes.reserveCapacity(page.places.count * plan.steps.count * 40 + 1_000)
        output.raw(#"{"data":"#)
        if fault == .nulldata {
            output.null()
        } else {
            output.byte(0x5B)
            for (position, place) in page.places.enumerated() {
                if position > 0 { output.byte(0x2C) }
                plan.writeRecord(firm, kind, Int(place), extras: options.unknownFields, into: &output)
            }
            output.byte(0x5D)
        }
        meta(page, told(page.records), request, incoming, fault, into: &output)
        var answer = Answer.json(output.bytes)
        answer.records = fault == .nulldata ? 0 : page.places.count
        answer.hasNext = page.next != nil
        if fault == .truncate { answer.delivery = .truncated }
        if fault == .badgzip { answer.delivery = .corrupted }
        return answer
    }

    private func meta(
        _ page: Lister.Page, _ records: Int?, _ request: Lister.Request, _ incoming: Incoming, _ fault: Fault.Name?,
        into output: inout Output
    ) {
        var links: [(String, String)] = []
        if let previous = page.previous { links.append(("previous", link(incoming, request, token: previous))) }
        var next = page.next.map { link(incoming, request, token: $0) }
        if fault == .loopnext { next = link(incoming, request, token: incoming.query["page_token"]) }
        if fault == .foreignnext { next = next?.replacing(incoming.host, with: "attacker.example.com") }
        if let next { links.append(("next", next)) }
        output.raw(#","meta":{"#)
        if !links.isEmpty || records != nil {
            output.raw(#""paging":{"#)
            for (position, link) in links.enumerated() {
                if position > 0 { output.byte(0x2C) }
                output.string(link.0)
                output.byte(0x3A)
                output.string(link.1)
            }
            output.byte(0x7D)
        }
        if let records {
            output.raw(#","records":"#)
            output.int(records)
        }
        output.raw("}}")
    }

    /// A full URL with all parameters of the request, percent-encoded, and the token of another page.
    private func link(_ incoming: Incoming, _ request: Lister.Request, token: String?) -> String {
        var query = incoming.query
        query.items.removeAll { $0.name == "page_token" || $0.name == "offset" }
        if !query.has("limit") { query.items.append(("limit", String(request.limit))) }
        if let token { query.items.append(("page_token", token)) }
        return "http://\(incoming.host)\(incoming.path)?\(query.encoded)"
    }

    /// The plan for a `fields` value; cached, because clients request the same on every page.
    private func plan(_ fields: String?, _ kind: Kind) throws(QueryError) -> Plan {
        let key = kind.path + "?" + (fields ?? "")
        if let known = plans.withLock({ $0[key] }) { return known }
        let made = try planner.plan(fields, schema: kind.schema)
        plans.withLock { plans in
            if plans.count > 500 { plans = [:] }
            plans[key] = made
        }
        return made
    }
}
