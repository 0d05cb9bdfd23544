internal import JSON

/// What a group's filter must have done: no record shows another group.
struct GroupCheck: Sendable {
    let path: [String]
    /// The id that was asked for, or `null`.
    let value: String

    /// Whether the record shows another group. One that shows none where one was asked for is a damaged record, and no
    /// sign of anything.
    func isOutside(_ record: JSONValue) -> Bool {
        Self.shown(record, path).map { $0 != value } ?? false
    }

    /// The id that a record shows, as text; nil when it shows none.
    static func shown(_ record: JSONValue, _ path: [String]) -> String? {
        var value = record
        for key in path {
            guard let next = value[key] else { return nil }
            value = next
        }
        return value.int64.map { String($0) } ?? value.string.flatMap { Int64($0) }.map { String($0) }
    }
}
