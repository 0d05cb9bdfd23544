internal import Foundation

/// What a run found: counts of every list, every check of verify with both sides, and what changed in each table. Stored with
/// the run's row; it has no record values.
public struct JobRunReport: Codable, Sendable, Equatable {
    /// The firm, as Clio names it; nil where Clio does not.
    public var firm: String?
    /// The Clio user who saw the records.
    public var user: String?
    /// The moment, UTC, that the records show Clio's lists at; nil: a list was not fetched to its end.
    public var asOf: String?
    /// Rows in the database; a row that two lists contain counts once.
    public var rows = 0
    /// The lists of the run.
    public var lists: [List] = []
    /// What the run changed in the database, for each table that it changed.
    public var changes: [Change] = []
    /// The checks of verify; nil: it did not run.
    public var checks: [Check]?
    /// Which tables verify compared; nil: it did not run, or was of an earlier version.
    public var scope: Scope?

    /// A report of nothing.
    public init() {}

    /// Whether every check agrees; nil: verify did not run.
    public var isVerified: Bool? { checks?.allSatisfy(\.ok) }

    /// The checks of a phase's lists; empty: verify did not compare them.
    public func checks(of phase: String) -> [Check] { (checks ?? []).filter { $0.phase == phase } }

    /// The phases whose lists verify compared, in the order of the checks.
    public var verifiedPhases: [String] {
        (checks ?? []).compactMap(\.phase).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    /// The moment, UTC, since which no list of a phase is older; nil: one of them was not fetched to its end.
    public func asOf(_ phase: String) -> String? {
        let lists = lists.filter { $0.phase == phase }
        let moments = lists.compactMap(\.asOf)
        return moments.count == lists.count ? moments.min() : nil
    }

    /// One list.
    public struct List: Codable, Sendable, Equatable {
        /// The phase.
        public var phase: String
        /// The entity.
        public var entity: String
        /// Clio's count.
        public var expected: Int?
        /// Records that were fetched; one that was fetched twice counts twice.
        public var fetched: Int
        /// Accepted records whose id came before.
        public var duplicates: Int
        /// Records that follow all rules, and those with a warning.
        public var accepted: Int
        /// Records that are flagged and not loaded.
        public var rejected: Int
        /// Records that are flagged and loaded.
        public var warned: Int
        /// Rows in the database.
        public var loaded: Int
        /// The moment, UTC, that the records show the list at.
        public var asOf: String?
        /// SHA-256 of the raw manifest when the run ended, 64 hexadecimal digits. The manifest has the checksum of every raw
        /// file. nil in reports of earlier versions.
        public var manifestDigest: String?

        /// A list without records.
        public init(phase: String, entity: String) {
            self.phase = phase
            self.entity = entity
            (fetched, duplicates, accepted, rejected, warned, loaded) = (0, 0, 0, 0, 0, 0)
        }
    }

    /// What changed in one table.
    public struct Change: Codable, Sendable, Equatable {
        /// The table.
        public var table: String
        /// Rows that were not there.
        public var inserted: Int
        /// Rows that replaced an older version.
        public var updated: Int
        /// Rows that were deleted.
        public var deleted: Int

        /// A change from its counts.
        public init(table: String, inserted: Int, updated: Int, deleted: Int) {
            self.table = table
            self.inserted = inserted
            self.updated = updated
            self.deleted = deleted
        }
    }

    /// Which tables were compared, and since when every value was.
    public struct Scope: Codable, Sendable, Equatable {
        /// Tables of which every value was compared.
        public var compared: [String]
        /// Tables that nothing touched since every value of them was compared.
        public var untouched: [String]
        /// The earliest moment, UTC, at which every value of one of them was last compared; nil: not known.
        public var allComparedAt: String?

        /// A scope from its values.
        public init(compared: [String], untouched: [String], allComparedAt: String?) {
            self.compared = compared
            self.untouched = untouched
            self.allComparedAt = allComparedAt
        }
    }

    /// One check: both sides and whether they agree.
    public struct Check: Codable, Sendable, Equatable {
        /// The phase; nil for a check of a table or of the database.
        public var phase: String?
        /// The entity, the table, or `database`.
        public var entity: String
        /// The check's stable name, for example `rows`.
        public var check: String
        /// What must be.
        public var expected: String
        /// What is.
        public var actual: String
        /// Whether they agree.
        public var ok: Bool
        /// What the sides count.
        public var detail: String?

        /// A check from its parts.
        public init(
            phase: String?, entity: String, check: String, expected: String, actual: String, ok: Bool, detail: String?
        ) {
            self.phase = phase
            self.entity = entity
            self.check = check
            self.expected = expected
            self.actual = actual
            self.ok = ok
            self.detail = detail
        }
    }

    /// The report as one JSON object with keys in snake case.
    public var json: String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }

    /// Reads what `json` made; nil for anything else.
    public init?(json: String) {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        guard let report = try? decoder.decode(JobRunReport.self, from: Data(json.utf8)) else { return nil }
        self = report
    }
}
