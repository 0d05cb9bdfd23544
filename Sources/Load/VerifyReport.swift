/// The outcome of a verification: both sides of every check.
public struct VerifyReport: Sendable, Equatable {
    /// Every check, in the order of the entities.
    public var checks: [Check] = []
    /// Whether every check holds.
    public var ok: Bool { checks.allSatisfy(\.ok) }

    /// Two numbers that must be the same.
    public struct Check: Sendable, Equatable {
        /// The phase; empty for a check of a table or of the database.
        public var phase: String
        /// The entity, the table, or `database`.
        public var entity: String
        /// A stable name: `complete`, `extracted`, `reported`, `transformed`, `duplicates`, `rows`, `ids`, `children`, `content`,
        /// `flagged`, `references`, `reference_ids`, `integrity`.
        public var check: String
        /// What must be.
        public var expected: Int
        /// What is.
        public var actual: Int
        /// Whether they agree.
        public var ok: Bool
        /// What the numbers count, and what to do when they differ.
        public var detail: String
    }
}
