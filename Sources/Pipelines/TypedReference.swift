/// A column that holds ids of several tables, while another column of the same row says of which.
public struct TypedReference: Sendable, Equatable {
    /// The column of the same table that says the type.
    public let by: String
    /// By the values of that column; a value that is not here leads to nothing that is loaded.
    public internal(set) var targets: [Target]

    /// A reference from its parts; nothing is checked here.
    public init(by: String, targets: [Target]) {
        self.by = by
        self.targets = targets
    }

    /// Where the id leads for one type.
    public struct Target: Sendable, Equatable {
        /// The value of the type column.
        public let type: String
        /// The table whose `id` it is.
        public internal(set) var table: String?
        /// The entity that must be loaded completely before the reference is checked; nil: the table only has to be there.
        public let feeder: TableOwner?

        /// A target from its parts.
        public init(type: String, table: String?, feeder: TableOwner? = nil) {
            self.type = type
            self.table = table
            self.feeder = feeder
        }
    }
}

extension Column {
    /// Whether it holds ids of other records.
    public var isReference: Bool { references != nil || referenceFeeder != nil || typedReference != nil }

    /// The tables that its ids lead to.
    public var referencedTables: [String] {
        [references].compactMap { $0 } + (typedReference?.targets.compactMap(\.table) ?? [])
    }
}
