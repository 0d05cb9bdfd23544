public import JSON

/// Where a record is, from Clio's answer to its row.
public struct RecordTrace: JSONReport, Sendable {
    /// The entity that was asked for.
    public let entity: String
    /// The record's id.
    public let id: String
    /// Every version in the raw layers, in the order of their numbers over the connection.
    public internal(set) var versions: [TraceVersion] = []
    /// When sweeps found it gone from Clio.
    public internal(set) var deletions: [Deletion] = []
    /// The table that it belongs in, and its row.
    public internal(set) var table = ""
    /// nil: there is no row.
    public internal(set) var row: RawJSON?
    /// The rows of each child table that has some.
    public internal(set) var children: [ChildRows] = []
    /// The row in `flagged_records`.
    public internal(set) var flags: RawJSON?
    /// The newest job of these phases.
    public internal(set) var job: Job?
    /// What to think of it: one line for each thing, the most important first.
    public internal(set) var verdict: [String] = []
    /// Raw records that were looked through.
    public internal(set) var searched = Searched()

    /// A sweep that found the record gone.
    public struct Deletion: Encodable, Sendable, Equatable {
        /// The phase.
        public let phase: String
        /// The entity.
        public let entity: String
        /// The number of the deletion over the whole connection.
        public let sequence: Int64
        /// When, UTC.
        public let at: String
    }

    /// Rows of a child table.
    public struct ChildRows: Sendable, Equatable {
        /// The table.
        public let table: String
        /// Its rows.
        public let rows: [RawJSON]
    }

    /// A job and its status.
    public struct Job: Encodable, Sendable, Equatable {
        /// The job's id.
        public let id: String
        /// Its status.
        public let status: String
    }

    /// How far the search went.
    public struct Searched: Encodable, Sendable, Equatable {
        /// Records that were looked through.
        public var records = 0
        /// All that there are.
        public var of = 0
    }

    init(entity: String, id: String) {
        self.entity = entity
        self.id = id
    }

    /// Whether any version was found.
    public var isFound: Bool { !versions.isEmpty || row != nil }

    private enum CodingKeys: CodingKey {
        case entity, id, found, verdict, versions, deletions, table, row, children, flags, job, searched
    }

    /// The trace, with child rows by their table.
    public func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: CodingKeys.self)
        try members.encode(entity, forKey: .entity)
        try members.encode(id, forKey: .id)
        try members.encode(isFound, forKey: .found)
        try members.encode(verdict, forKey: .verdict)
        try members.encode(versions, forKey: .versions)
        try members.encode(deletions, forKey: .deletions)
        try members.encode(table, forKey: .table)
        try members.encode(row, forKey: .row)
        var tables = members.nestedContainer(keyedBy: MemberName.self, forKey: .children)
        for child in children { try tables.encode(child.rows, forKey: MemberName(child.table)) }
        try members.encode(flags, forKey: .flags)
        try members.encode(job, forKey: .job)
        try members.encode(searched, forKey: .searched)
    }
}
