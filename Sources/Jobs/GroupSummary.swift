/// One group of an entity that is fetched group by group.
public struct GroupSummary: Encodable, Sendable, Equatable {
    /// How far a group is.
    public enum Status: String, Encodable, Sendable {
        /// Nothing of it is there.
        case pending = "PENDING"
        /// It is being extracted.
        case inProgress = "IN_PROGRESS"
        /// All of it is in staged files.
        case extracted = "EXTRACTED"
        /// All of it is in the database.
        case loaded = "LOADED"
    }

    /// The group's id; `null` for records without one, `rest` for what came with no group.
    public var key: String
    /// What people call it, where Clio tells.
    public var name: String?
    /// Records in the raw layer.
    public var records: Int
    /// Clio's count, once known.
    public var expected: Int?
    /// How far it is.
    public var status = Status.pending

    private enum CodingKeys: String, CodingKey {
        case key = "id"
        case name, status, expected
        case records = "extracted"
    }

    /// A group of which nothing more is known.
    public init(key: String, name: String?, records: Int) {
        self.key = key
        self.name = name
        self.records = records
    }

    /// What to call it.
    public var title: String {
        let words = ["rest": "the rest", "null": "without one", "none": "of no group"]
        return name ?? words[key] ?? key
    }
}
