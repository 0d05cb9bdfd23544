internal import Synchronization

/// Finds the records of a list request and cuts them into pages.
final class Lister: Sendable {
    /// One page, before it is written.
    struct Page: Sendable {
        var places: [Int32] = []
        /// How many records match in all.
        var records = 0
        var next: String?
        var previous: String?
    }

    /// What a list request asks for, apart from its fields.
    struct Request: Sendable {
        var limit: Int
        var order: (column: String, descending: Bool)
        /// The mode without a wall: `order=id(asc)` spelled out, no offset.
        var cursor: Bool
        var offset: Int?
        var token: Token?
    }

    /// Where a page begins, as it travels in `page_token`.
    enum Token: Equatable, Sendable {
        case after(Int), before(Int), offset(Int)

        init?(_ text: String, kind: Kind) {
            let parts = text.split(separator: "-")
            guard parts.count == 4, parts[0] == "pt", parts[1] == String(kind.rawValue, radix: 36),
                let coded = UInt64(parts[3], radix: 36)
            else { return nil }
            let value = Int(coded ^ Token.mask)
            guard value >= 0, value <= 1 << 40 else { return nil }
            switch parts[2] {
            case "a": self = .after(value)
            case "b": self = .before(value)
            case "o": self = .offset(value)
            default: return nil
            }
        }

        func text(_ kind: Kind) -> String {
            let (letter, value) =
                switch self {
                case .after(let value): ("a", value)
                case .before(let value): ("b", value)
                case .offset(let value): ("o", value)
                }
            return "pt-\(String(kind.rawValue, radix: 36))-\(letter)-\(String(UInt64(value) ^ Token.mask, radix: 36))"
        }

        // Opaque, so that no client computes with it.
        private static let mask: UInt64 = 0x2A7F_19C3_55D1
    }

    /// Rows that the mode without `order=id(asc)` reaches.
    static let wall = 10_000

    private struct Memory {
        var version = -1
        var lists: [String: [Int32]] = [:]
        var size = 0
    }

    private let filters = Filters()
    private let memory = Mutex(Memory())

    /// Reads the parameters that every list has.
    func request(_ kind: Kind, _ query: Query) throws(QueryError) -> Request {
        var limit = kind.pageLimit
        if let text = query["limit"] {
            guard let value = Int(text), (1...kind.pageLimit).contains(value) else {
                throw .argument("limit must be between 1 and \(kind.pageLimit).")
            }
            limit = value
        }
        var order = (column: "id", descending: false)
        var named = false
        if kind.takesOrder, let text = query["order"] {
            let parts = text.dropLast().split(separator: "(", maxSplits: 1)
            guard text.hasSuffix(")"), parts.count == 2, parts[1] == "asc" || parts[1] == "desc",
                kind.orders.contains(String(parts[0]))
            else { throw .argument("order \(text.prefix(40)) is not offered here") }
            order = (String(parts[0]), parts[1] == "desc")
            named = order.column == "id" && !order.descending
        }
        var offset: Int?
        if let text = query["offset"] {
            guard let value = Int(text), value >= 0 else { throw .argument("offset must be a number of records") }
            offset = value
        }
        var token: Token?
        if let text = query["page_token"] {
            token = Token(text, kind: kind)
            if token == nil { throw .argument("page_token is invalid", status: 422) }
        }
        return Request(limit: limit, order: order, cursor: named && offset == nil, offset: offset, token: token)
    }

    /// The page that a request asks for.
    func page(
        _ kind: Kind, _ query: Query, _ request: Request, _ firm: Firm, _ owner: Tokens.Owner = Tokens.Owner()
    ) throws(QueryError) -> Page {
        let all = try places(kind, query, request, firm, owner)
        var page = Page()
        page.records = all.count
        if request.cursor {
            cut(all, request, kind, into: &page)
        } else {
            try cutCapped(all, request, kind, into: &page)
        }
        return page
    }

    private func cut(_ all: [Int32], _ request: Request, _ kind: Kind, into page: inout Page) {
        var start = 0
        switch request.token {
        case .after(let place): start = Lister.lowerBound(all, place + 1)
        case .before(let place): start = max(0, Lister.lowerBound(all, place) - request.limit)
        case .offset(let value): start = min(value, all.count)
        case nil: break
        }
        let end = min(all.count, start + request.limit)
        page.places = Array(all[start..<end])
        if end < all.count, end > start { page.next = Token.after(Int(all[end - 1])).text(kind) }
        if start > 0, end > start { page.previous = Token.before(Int(all[start])).text(kind) }
    }

    private func cutCapped(_ all: [Int32], _ request: Request, _ kind: Kind, into page: inout Page) throws(QueryError) {
        var start = request.offset ?? 0
        switch request.token {
        case .after(let place): start = Lister.lowerBound(all, place + 1)
        case .before(let place): start = max(0, Lister.lowerBound(all, place) - request.limit)
        case .offset(let value): start = value
        case nil: break
        }
        guard start < Lister.wall else { throw .outOfBounds }
        let end = min(all.count, start + request.limit, Lister.wall)
        guard start < end else { return }
        page.places = Array(all[start..<end])
        if end < all.count { page.next = Token.offset(end).text(kind) }
        if start > 0 { page.previous = Token.offset(max(0, start - request.limit)).text(kind) }
    }

    /// The places of all matching records in the order asked for; cached, because clients request them page by page.
    private func places(
        _ kind: Kind, _ query: Query, _ request: Request, _ firm: Firm, _ owner: Tokens.Owner
    ) throws(QueryError) -> [Int32] {
        let known = filters.names(kind) + ["include_deleted", "show_uncompleted", "assignee_type"]
        let key =
            "\(kind.rawValue)|\(owner.hides)|\(request.order.column)|\(request.order.descending)|"
            + query.items.filter { known.contains($0.name) }.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
        let version = firm.changes.version
        let remembered = memory.withLock { memory -> [Int32]? in
            guard memory.version == version else { return nil }
            return memory.lists[key]
        }
        if let remembered { return remembered }
        let tests = try filters.tests(kind, query, firm)
        let deleted = firm.changes.deletions[kind.rawValue]
        var found: [Int32] = []
        for index in 0..<firm.total[kind.rawValue] {
            if !deleted.isEmpty, deleted.contains(index) { continue }
            guard owner.sees(kind, index) else { continue }
            if tests.allSatisfy({ $0(index) }) { found.append(Int32(index)) }
        }
        Lister.sort(&found, kind, request.order, firm)
        let result = found
        memory.withLock { memory in
            if memory.version != version || memory.size > 20_000_000 {
                memory = Memory(version: version)
            }
            memory.lists[key] = result
            memory.size += result.count
        }
        return result
    }

    private static func sort(
        _ places: inout [Int32], _ kind: Kind, _ order: (column: String, descending: Bool), _ firm: Firm
    ) {
        if order.column != "id", let column = columns["\(kind.path).\(order.column)"] ?? columns[order.column] {
            let keyed = places.map { (column(firm, kind, Int($0)) ?? Int.max, $0) }
            places = keyed.sorted { $0 < $1 }.map(\.1)
        }
        if order.descending { places.reverse() }
    }

    /// What a list can be sorted by; a record without the value comes last. Any other column leaves the order of ids.
    private static let columns: [String: @Sendable (Firm, Kind, Int) -> Int?] = [
        "created_at": { firm, kind, i in firm.created(kind, i) },
        "updated_at": { firm, kind, i in firm.updated(kind, i) },
        "open_date": { firm, _, i in firm.matterOpen(i) },
        "close_date": { firm, _, i in firm.matterClose(i) },
        "pending_date": { firm, _, i in firm.matterPending(i) },
        "due_at": { firm, _, i in firm.taskDue(i) },
        "due_at_strict": { firm, _, i in firm.taskDue(i) },
        "completed_at": { firm, _, i in firm.taskDone(i) },
        "priority": { firm, _, i in firm.taskPriority(i) },
        "date": { firm, _, i in firm.activityDate(i) },
        "activities.type": { firm, _, i in firm.activityType(i) },
        "price": { firm, _, i in firm.activityPrice(i) },
        "enabled": { firm, _, i in firm.userEnabled(i) ? 1 : 0 },
    ]

    private static func lowerBound(_ places: [Int32], _ place: Int) -> Int {
        var low = 0
        var high = places.count
        while low < high {
            let middle = (low + high) / 2
            if Int(places[middle]) < place { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
