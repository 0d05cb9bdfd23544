/// Rows whose reference leads nowhere, by the column that holds it: what to look for, and whom to ask about it.
public struct MissingParents: Encodable, Sendable, Equatable {
    /// The table or child table of the rows.
    public let table: String
    /// Their column.
    public let column: String
    /// The table that has no such rows.
    public let parent: String
    /// Rows.
    public let records: Int
    /// Different ids that they name.
    public let missing: Int
    /// The ids that most of them name, and how many; at most five.
    public let mostFrequent: [Parent]

    /// An id that has no row.
    public struct Parent: Encodable, Sendable, Equatable {
        /// The id.
        public let id: String
        /// Rows that name it.
        public let records: Int
    }
}
