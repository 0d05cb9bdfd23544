internal import JSON
internal import Pipelines
internal import Staging

/// What is looked at in every record of a page, cheaply, while the page is on the parser's tape.
struct PageChecks: Sendable {
    /// What each record must show when Clio honoured the parameters.
    var expectations: [CompiledExpectation] = []
    /// The time window that each record must touch.
    var window: WindowCheck?
    /// The highest id before this page, for a list in the order of ids: what is not above it came before.
    var above: Int64?
    /// The moment that no record may be older than.
    var floor: FloorCheck?
    /// The latest creation before this page, for a look at whether ids and creations grow together.
    var createdBefore: Double?
    /// The group that no record may be outside of.
    var group: GroupCheck?
    /// Which records are kept, asked when the page is cut, since bounds move while other streams are fetched; nil: all.
    var filter: (@Sendable () -> PageFilter?)?
    /// Whether the answer is one record instead of a list.
    var isSingle = false
    /// Whether the list is in the order of ids.
    var isOrderedByID = false
    /// Whether the earliest `created_at` is wanted.
    var wantsCreatedAt = false
    /// The field whose value says when a record begins, for a first look at how a list lies in time.
    var startField: String?
}

extension PageChecks {
    /// What holds for every fetch of the entity's list.
    init(_ entity: Entity) {
        expectations = entity.expectations.map(CompiledExpectation.init)
        isOrderedByID = entity.order == "id(asc)"
        wantsCreatedAt = entity.fields.contains("created_at") && entity.order != nil
        startField = entity.order == nil ? entity.windows?.startField : nil
    }
}

/// What an open filter must have done: no record's field shows an earlier moment.
struct FloorCheck: Sendable {
    let field: String
    let moment: Double

    /// Clio may cut a moment to whole seconds.
    func isBelow(_ record: JSONValue) -> Bool {
        record[field]?.moment.map { $0 < moment - 2 } ?? false
    }
}

/// An expectation, ready to be compared with a parsed value.
struct CompiledExpectation: Sendable {
    let path: [String]
    /// The expected value: as text of a string, or as the minified JSON of anything else.
    private let text: String?
    private let json: String

    init(_ expectation: Expectation) {
        path = expectation.path
        json = expectation.json
        text = Array(expectation.json.utf8).withUnsafeBytes { JSONParser.reading($0, \.string) ?? nil }
    }

    /// Whether the record shows the value.
    func holds(for record: JSONValue) -> Bool {
        var value = record
        for key in path {
            guard let next = value[key] else { return false }
            value = next
        }
        if let text { return value.isString(text) }
        switch value.kind {
        case .true: return json == "true"
        case .false: return json == "false"
        case .null: return json == "null"
        case .integer: return value.int64.map { String($0) } == json
        default:
            var writer = JSONWriter(capacity: 256)
            writer.value(value)
            return writer.text == json
        }
    }
}

/// The window that a page was asked for; nil is open.
struct WindowCheck: Sendable {
    let startField: String
    let endField: String
    let lower: Double?
    let upper: Double?
    /// Clio reads a bound of a whole day in a time zone that we do not know.
    static let slack = 36.0 * 3600

    /// Whether the record, by its own dates, does not touch the window; one without dates does.
    func isOutside(_ record: JSONValue) -> Bool {
        let start = record[startField]?.moment
        let end = record[endField]?.moment ?? start
        if let lower, let end, end < lower - Self.slack { return true }
        if let upper, let start, start > upper + Self.slack { return true }
        return false
    }
}
