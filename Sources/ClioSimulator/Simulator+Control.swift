internal import Foundation
internal import Synchronization

extension Simulator {
    // MARK: Changing the firm while it is served

    /// Edits records: `updated_at` becomes now and the etag changes. Returns their ids; takes records that lie evenly over
    /// the list, or those with `ids`.
    @discardableResult
    public func touch(_ kind: String, count: Int = 1, ids: [Int] = [], account: Int = 0) -> [Int] {
        change(kind, account) { firm, kind, changes in
            let chosen = Simulator.choose(firm, kind, count, ids)
            for index in chosen { changes.edit(kind, index, at: Int(options.clock())) }
            return chosen
        }
    }

    /// Adds records at the end of a list, created now. Returns their ids.
    @discardableResult
    public func add(_ kind: String, count: Int = 1, account: Int = 0) -> [Int] {
        change(kind, account) { firm, kind, changes in
            let first = firm.total[kind.rawValue]
            for _ in 0..<count { changes.additions[kind.rawValue].append(Int(options.clock())) }
            return Array(first..<first + count)
        }
    }

    /// Deletes records without a trace. Returns their ids; chooses as ``touch(_:count:ids:)`` does.
    @discardableResult
    public func delete(_ kind: String, count: Int = 1, ids: [Int] = [], account: Int = 0) -> [Int] {
        change(kind, account) { firm, kind, changes in
            let chosen = Simulator.choose(firm, kind, count, ids)
            changes.deletions[kind.rawValue].formUnion(chosen)
            return chosen
        }
    }

    /// Changes so many records of a list, chosen by the order's seed: first some are restored, then some deleted and others
    /// edited, then some added.
    @discardableResult
    public func change(_ kind: String, _ order: ChangeOrder, account: Int = 0) -> ChangeOrder.Outcome {
        var outcome = ChangeOrder.Outcome()
        change(kind, account) { firm, kind, changes in
            let now = Int(options.clock())
            var draw = mixed(order.seed ^ kind.identity.salt)
            func ids(_ places: [Int]) -> [Int] { places.map { kind.identity.id($0) } }
            let back = ChangeOrder.some(order.restore, of: changes.deletions[kind.rawValue].sorted(), &draw)
            let present = Simulator.present(firm, kind)
            let gone = ChangeOrder.some(order.delete, of: present, &draw)
            let isGone = Set(gone)
            let edited = ChangeOrder.some(order.edit, of: present.filter { !isGone.contains($0) }, &draw)
            changes.deletions[kind.rawValue].subtract(back)
            changes.deletions[kind.rawValue].formUnion(gone)
            for index in edited { changes.edit(kind, index, at: now) }
            let touched = isGone.union(edited)
            let quiet = ChangeOrder.some(order.quiet, of: present.filter { !touched.contains($0) }, &draw)
            for index in quiet { changes.edit(kind, index, at: firm.updated(kind, index)) }
            let first = firm.total[kind.rawValue]
            for _ in 0..<order.add { changes.additions[kind.rawValue].append(now) }
            outcome.restored = ids(back)
            outcome.deleted = ids(gone)
            outcome.edited = ids(edited)
            outcome.quiet = ids(quiet)
            outcome.added = ids(Array(first..<first + order.add))
            return []
        }
        return outcome
    }

    /// What goes wrong from here on, instead of what went wrong before; list requests are counted from 1 again.
    public func setFaults(_ faults: [Fault]) {
        state.withLock { state in
            state.faults = faults
            state.listRequests = 0
        }
    }

    /// Sets the requests of a window; the current window continues with the new limit.
    public func setLimit(_ limit: Int) {
        state.withLock { $0.limit = max(1, limit) }
    }

    /// Ends access tokens, as if their time were up; refresh tokens stay good.
    /// - Parameter token: only this one; nil: all.
    public func expireTokens(_ token: String? = nil) {
        state.withLock { $0.tokens.expire(token) }
    }

    /// From here on, logins are by the user whose token this is.
    @discardableResult
    public func consent(as token: String) -> Bool { state.withLock { $0.tokens.consent(as: token) } }

    @discardableResult
    private func change(_ name: String, _ account: Int, _ body: (Firm, Kind, inout Changes) -> [Int]) -> [Int] {
        guard let kind = Kind.named(name) else { return [] }
        let seed = account == 0 ? options.seed : options.accounts[account - 1].seed
        return state.withLock { state in
            let firm = state.firms[account]
            var changes = firm.changes
            let places = body(firm, kind, &changes)
            changes.version += 1
            state.firms[account] = firm.changed(changes, rawSeed: seed)
            return places.map { kind.identity.id($0) }
        }
    }

    /// Places of the records that a list shows.
    private static func present(_ firm: Firm, _ kind: Kind) -> [Int] {
        (0..<firm.total[kind.rawValue]).filter { index in
            firm.exists(kind, index) && (kind != .documents || firm.documentState(index) == 0)
        }
    }

    private static func choose(_ firm: Firm, _ kind: Kind, _ count: Int, _ ids: [Int]) -> [Int] {
        if !ids.isEmpty { return ids.compactMap { kind.identity.index($0) }.filter { firm.exists(kind, $0) } }
        let present = present(firm, kind)
        let wanted = min(max(0, count), present.count)
        return (0..<wanted).map { present[$0 * present.count / wanted] }
    }

    // MARK: The same over HTTP, without a token

    func control(_ incoming: Incoming) -> Answer {
        let query = incoming.query
        let kind = query["kind"] ?? ""
        let count = min(1_000_000, max(0, query["count"].flatMap { Int($0) } ?? 1))
        let ids = query.all("ids").flatMap { $0.split(separator: ",").compactMap { Int($0) } }
        let value = query["value"].flatMap { Double($0) }
        let account = query["account"].flatMap { Int($0) } ?? 0
        guard (0...options.accounts.count).contains(account) else {
            return .error(.argument("account must be between 0 and \(options.accounts.count)."))
        }
        switch incoming.path.dropFirst("/simulator/".count) {
        case "touch" where Kind.named(kind) != nil:
            return Simulator.ids(touch(kind, count: count, ids: ids, account: account))
        case "add" where Kind.named(kind) != nil: return Simulator.ids(add(kind, count: count, account: account))
        case "delete" where Kind.named(kind) != nil:
            return Simulator.ids(delete(kind, count: count, ids: ids, account: account))
        case "change":
            let kinds = query.all("kind").isEmpty ? Kind.allCases.map(\.path) : query.all("kind")
            guard let order = ChangeOrder(query), kinds.allSatisfy({ Kind.named($0) != nil }) else {
                return .error(
                    .argument("change takes add, edit, quiet, delete, restore and seed, each a number, and kinds."))
            }
            return Simulator.outcomes(kinds.map { ($0, change($0, order, account: account)) })
        case "fields" where Kind.named(kind) != nil:
            return Answer(headers: [("Content-Type", "text/plain")], body: Array((everyField(of: kind) ?? "").utf8))
        case "limit" where value != nil:
            setLimit(Int(value ?? 1))
        case "hold" where value != nil:
            hold(after: value ?? -1)
        case "clock" where value != nil:
            clock.advance(by: value ?? 0)
        case "counts":
            guard let counting = query["value"].flatMap({ Counting(rawValue: $0) }) else {
                let known = Counting.allCases.map(\.rawValue).joined(separator: ", ")
                return .error(.argument("counts takes value, one of \(known)"))
            }
            state.withLock { $0.counting = counting }
        case "latency" where value != nil:
            state.withLock { $0.latency = max(0, value ?? 0) }
        case "forbid" where Kind.named(kind) != nil:
            state.withLock { state in
                let status = query["status"].flatMap { Int($0) } ?? 403
                state.forbidden[kind] = query["value"] == "false" ? nil : status
            }
        case "fault":
            do {
                setFaults(try query.all("value").map { text throws(SimulatorError) in try Fault(parsing: text) })
            } catch {
                return .error(.argument(error.description))
            }
        case "expire":
            expireTokens(query["token"])
        case "consent" where query["token"].map({ consent(as: $0) }) == true: break
        case "log":
            return Answer(
                headers: [("Content-Type", "application/x-ndjson")],
                body: requests.flatMap { $0.line + [0x0A] })
        default:
            let known = """
                touch, add, delete, change, clock, counts, fields, limit, latency, hold, forbid, fault, expire, consent, log
                """
            return .error(.argument("unknown control end point or parameter; there are: \(known)"))
        }
        return .json(Array(#"{"ok":true}"#.utf8))
    }

    /// Answers so many more list requests and lets the others wait; a negative number answers all.
    private func hold(after count: Double) {
        state.withLock { state in
            guard count >= 0 else { return state.held = .max }
            state.held = (state.held == .max ? state.listRequests : state.held) + Int(min(1e12, count))
        }
    }

    private static func ids(_ ids: [Int]) -> Answer {
        .json(
            Output.build { output in
                output.raw(#"{"ids":"#)
                list(ids, into: &output)
                output.raw("}")
            })
    }

    private static func outcomes(_ outcomes: [(kind: String, outcome: ChangeOrder.Outcome)]) -> Answer {
        .json(
            Output.build { output in
                for (position, item) in outcomes.enumerated() {
                    output.raw(position == 0 ? "{" : ",")
                    output.string(item.kind)
                    output.raw(#":{"added":"#)
                    list(item.outcome.added, into: &output)
                    output.raw(#","edited":"#)
                    list(item.outcome.edited, into: &output)
                    output.raw(#","quiet":"#)
                    list(item.outcome.quiet, into: &output)
                    output.raw(#","deleted":"#)
                    list(item.outcome.deleted, into: &output)
                    output.raw(#","restored":"#)
                    list(item.outcome.restored, into: &output)
                    output.raw("}")
                }
                output.raw("}")
            })
    }

    private static func list(_ ids: [Int], into output: inout Output) {
        for (position, id) in ids.enumerated() {
            output.raw(position == 0 ? "[" : ",")
            output.int(id)
        }
        output.raw(ids.isEmpty ? "[]" : "]")
    }
}
