/// What happened to a firm since the simulator started: records touched, added and deleted while it runs.
struct Changes: Sendable {
    /// When each touched record was last edited, and how often; by kind and place.
    var edits: [[Int: (at: Int, revision: Int)]] = Kind.allCases.map { _ in [:] }
    /// When each added record was created, in order, by kind.
    var additions: [[Int]] = Kind.allCases.map { _ in [] }
    /// Places of records that are gone, by kind.
    var deletions: [Set<Int>] = Kind.allCases.map { _ in [] }
    /// Grows with every change; a key for what is remembered about a firm.
    var version = 0

    /// Notes that a record was edited.
    mutating func edit(_ kind: Kind, _ index: Int, at moment: Int) {
        let revision = edits[kind.rawValue][index]?.revision ?? 0
        edits[kind.rawValue][index] = (moment, revision + 1)
    }
}
