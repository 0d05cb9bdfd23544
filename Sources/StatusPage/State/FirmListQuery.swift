internal import Jobs
internal import Progress
internal import Staging

/// Which firms the list shows, and in which order: the query of `/`.
struct FirmListQuery: Sendable, Equatable {
    /// A word of the firm's name, of its name in Clio, or of what is wrong.
    var search = ""
    var filter = Filter.all
    var sort = Column.state
    var isDescending = false
    /// From 1.
    var page = 1

    /// Firms on a page.
    static let pageSize = 100
    private static let longestSearch = 100

    enum Filter: Sendable, Equatable {
        case all
        /// Something is wrong that does not pass by itself.
        case attention
        case state(ConnectionStatus.State)

        /// As in the address: empty, `attention`, `not-begun`.
        var word: String {
            switch self {
            case .all: ""
            case .attention: "attention"
            case .state(let state): state.rawValue.lowercased().replacing(" ", with: "-")
            }
        }

        /// Every filter, in the order of the menu.
        static let choices = [.all, .attention] + ConnectionStatus.State.allCases.map { Filter.state($0) }

        func includes(_ status: ConnectionStatus) -> Bool {
            switch self {
            case .all: true
            case .attention: status.needsAttention
            case .state(let state): status.state == state
            }
        }
    }

    enum Column: String, Sendable, CaseIterable {
        case firm, state, age, reason, next, flagged
    }

    init() {}

    /// Reads a query; what it does not know is as if it were left out.
    init(_ fields: [String: String]) {
        search = String((fields["q"] ?? "").trimmingPrefix { $0.isWhitespace }.prefix(Self.longestSearch))
        while search.last?.isWhitespace == true { search.removeLast() }
        filter = Filter.choices.first { $0.word == fields["state"] } ?? .all
        sort = fields["sort"].flatMap(Column.init) ?? .state
        isDescending = fields["order"] == "desc"
        page = max(1, fields["page"].flatMap { Int($0) } ?? 1)
    }

    /// The query as an address has it; empty for the whole list, `?q=smith&sort=age` otherwise.
    var address: String {
        var fields: [String] = []
        if !search.isEmpty { fields.append("q=" + PercentEncoding.component(search)) }
        if filter != .all { fields.append("state=" + filter.word) }
        if sort != .state { fields.append("sort=" + sort.rawValue) }
        if isDescending { fields.append("order=desc") }
        if page > 1 { fields.append("page=\(page)") }
        return fields.isEmpty ? "" : "?" + fields.joined(separator: "&")
    }

    /// The same list by another column, or the other way round.
    func sorted(by column: Column) -> FirmListQuery {
        var query = self
        query.isDescending = column == sort && !isDescending
        query.sort = column
        query.page = 1
        return query
    }

    func page(_ page: Int) -> FirmListQuery {
        var query = self
        query.page = page
        return query
    }

    // MARK: The list

    /// The firms that it asks for.
    struct Answer {
        /// Those of the page.
        let firms: [ConnectionStatus]
        /// All that were found.
        let found: Int
        /// The page, which exists.
        let page: Int
        let pages: Int
    }

    func answer(_ connections: [ConnectionStatus]) -> Answer {
        let words = search.lowercased()
        let found = connections.filter { status in
            filter.includes(status) && (words.isEmpty || status.searchText.lowercased().contains(words))
        }
        let keyed = found.map { (status: $0, key: Key($0, sort)) }
        let sorted = keyed.sorted { one, other in
            if one.key != other.key {
                // What is not known comes last, in either order.
                if one.key.isUnknown != other.key.isUnknown { return other.key.isUnknown }
                return isDescending ? other.key < one.key : one.key < other.key
            }
            return one.status.name < other.status.name
        }.map(\.status)
        let pages = max(1, (sorted.count + Self.pageSize - 1) / Self.pageSize)
        let page = min(self.page, pages)
        let begin = (page - 1) * Self.pageSize
        return Answer(
            firms: Array(sorted[begin..<min(begin + Self.pageSize, sorted.count)]), found: sorted.count, page: page,
            pages: pages)
    }

    /// What a row is sorted by.
    private struct Key: Comparable {
        var number: Double?
        var text: String?

        var isUnknown: Bool { number == nil && text == nil }

        init(_ status: ConnectionStatus, _ column: Column) {
            switch column {
            case .firm: text = status.name
            case .state: number = Double(status.urgency)
            case .age: number = status.freshness.ageSeconds.map(Double.init)
            case .reason: text = status.reason
            case .next: text = status.freshness.refreshDueAt
            case .flagged: number = status.job == nil ? nil : Double(status.flagged)
            }
        }

        static func < (one: Key, other: Key) -> Bool {
            if let one = one.number, let other = other.number { return one < other }
            return (one.text ?? "") < (other.text ?? "")
        }
    }
}

extension ConnectionStatus {
    /// Whether something is wrong that does not pass by itself.
    var needsAttention: Bool {
        switch state {
        case .failed, .unknown, .interrupted, .incomplete, .paused: true
        case .notBegun, .running, .stopping, .complete, .cancelled: freshness.isStale || token?.isExpiring == true
        }
    }

    /// The place in a list that begins with what needs a person.
    fileprivate var urgency: Int {
        let order: [State] = [
            .failed, .unknown, .interrupted, .incomplete, .paused, .stopping, .running, .notBegun, .complete,
            .cancelled,
        ]
        let place = order.firstIndex(of: state) ?? order.count
        return needsAttention ? place : place + order.count
    }

    /// What a search looks through.
    fileprivate var searchText: String { [name, account?.name ?? "", reason ?? ""].joined(separator: "\n") }
}
