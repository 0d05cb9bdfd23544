/// Which requests a stream of pages belongs to.
///
/// A journal stores a key as its `name`; `init(name:)` is the only reader of such names. Moments are whole seconds since 1970.
public struct StreamKey: Hashable, Sendable {
    /// What a stream asks for.
    public enum Scope: Hashable, Sendable {
        /// The list from its beginning.
        case list
        /// What was created since a moment, up to the next partition.
        case partition(from: Double)
        /// What touches a time window; nil is open.
        case window(from: Double?, to: Double?)
        /// What a filter of a grouping selects.
        case group(filter: String, value: String)
        /// What was created or changed since a moment.
        case changes(since: Double)
        /// Records by their ids, of which these are the first and the last.
        case ids(first: String, last: String)
        /// Anything else, such as an import.
        case other(String)
    }

    /// What it asks for.
    public let scope: Scope
    /// Tells streams of the same scope apart, from 1.
    public let attempt: Int

    /// A key; fractions of a second are cut off.
    public init(_ scope: Scope, attempt: Int = 1) {
        func whole(_ moment: Double) -> Double { moment.rounded(.towardZero) }
        self.scope =
            switch scope {
            case .partition(let from): .partition(from: whole(from))
            case .window(let from, let to): .window(from: from.map(whole), to: to.map(whole))
            case .changes(let since): .changes(since: whole(since))
            default: scope
            }
        self.attempt = attempt
    }

    /// The list from its beginning.
    public static let list = StreamKey(.list)
    /// The pages that a compaction wrote.
    static let compacted = StreamKey(.other("compacted"))

    /// Whether it is the whole list, in whatever attempt.
    public var isList: Bool { scope == .list }
    /// Whether it asks for changes.
    public var isChanges: Bool { if case .changes = scope { true } else { false } }
    /// Whether it asks for single records.
    public var isIDs: Bool { if case .ids = scope { true } else { false } }

    /// The same scope in its first attempt that is not taken.
    public func free(_ isTaken: (StreamKey) -> Bool) -> StreamKey {
        var key = self
        while isTaken(key) { key = StreamKey(key.scope, attempt: key.attempt + 1) }
        return key
    }
}

extension StreamKey {
    /// The key in a journal and in `trace`: `all`, `created_since=2026-01-01T00:00:00Z~2`, `from=…,to=…`, `practice_area_id=17`.
    public var name: String { attempt > 1 ? "\(bareName)~\(attempt)" : bareName }

    private var bareName: String {
        switch scope {
        case .list: "all"
        case .partition(let from): "created_since=" + Moment.timestamp(from)
        case .changes(let since): "updated_since=" + Moment.timestamp(since)
        case .window(let from, let to):
            [from.map { "from=" + Moment.timestamp($0) }, to.map { "to=" + Moment.timestamp($0) }].compactMap(\.self)
                .joined(separator: ",")
        case .group(let filter, let value): "\(filter)=\(value)"
        case .ids(let first, let last): "ids=\(first)..\(last)"
        case .other(let name): name
        }
    }

    /// Reads a name.
    public init(name: String) {
        let mark = name.lastIndex(of: "~")
        let attempt = mark.flatMap { Int(name[name.index(after: $0)...]) } ?? 1
        let bare = attempt > 1 ? mark.map { String(name[..<$0]) } ?? name : name
        let scope = Self.scope(bare)
        // Only what is written back the same way is read: any other text is a name and nothing else.
        self.init(scope ?? .other(bare), attempt: attempt)
    }

    private static func scope(_ name: String) -> Scope? {
        if name == "all" { return .list }
        var values: [(name: String, value: String)] = []
        for pair in name.split(separator: ",", omittingEmptySubsequences: false) {
            guard let equal = pair.firstIndex(of: "="), equal > pair.startIndex else { return nil }
            values.append((String(pair[..<equal]), String(pair[pair.index(after: equal)...])))
        }
        if values.count == 2, values[0].name == "from", values[1].name == "to",
            let from = Moment.seconds(values[0].value), let to = Moment.seconds(values[1].value)
        {
            return .window(from: from, to: to)
        }
        guard values.count == 1, let (parameter, value) = values.first else { return nil }
        let moment = Moment.seconds(value)
        switch parameter {
        case "created_since": return moment.map { .partition(from: $0) }
        case "updated_since": return moment.map { .changes(since: $0) }
        case "from": return moment.map { .window(from: $0, to: nil) }
        case "to": return moment.map { .window(from: nil, to: $0) }
        case "ids":
            guard let dots = value.firstRange(of: "..") else { return nil }
            return .ids(first: String(value[..<dots.lowerBound]), last: String(value[dots.upperBound...]))
        default:
            return value == "null" || Int64(value) != nil ? .group(filter: parameter, value: value) : nil
        }
    }
}
