/// What a refresh changed in one table.
public struct TableChange: Encodable, Sendable, Equatable {
    /// The table.
    public let table: String
    /// Rows that were not there.
    public var inserted = 0
    /// Rows that replaced an older version.
    public var updated = 0
    /// Rows that stayed as they were.
    public var unchanged = 0
    /// Rows that were deleted.
    public var deleted = 0
    /// Records of this refresh that follow not all rules, loaded or not.
    public var flagged = 0

    /// A table in which nothing changed.
    public init(table: String) { self.table = table }
}
