internal import JSON
internal import SQLite
internal import Staging

/// The flagged records of a list that break one rule at one path, as the database has them.
public struct FlaggedRule: Sendable, Equatable {
    /// The phase.
    public let phase: String
    /// The entity.
    public let entity: String
    /// The rule, for example `required`.
    public let rule: String
    /// The field in the record, with the places in lists left out.
    public let path: String
    /// Whether it keeps a record out of its table.
    public let isRejection: Bool
    /// Records that break it.
    public private(set) var records: Int
    /// Whether a person can decide about it: a row whose reference has no row yet is loaded, and its warning goes away when that
    /// row arrives.
    public var isDecidable: Bool { rule != "reference" }
    /// What is wrong, in words.
    public let message: String
    /// A few of them.
    public private(set) var examples: [Example]

    /// A flagged record, by its id, and by the place of its raw line where it has no usable id.
    public struct Example: Sendable, Equatable {
        /// The record's id; nil: it has none that can be used.
        public let id: String?
        /// The raw part.
        public let part: String
        /// The line in it, from 1.
        public let line: Int

        /// An example from its values.
        public init(id: String?, part: String, line: Int) {
            self.id = id
            self.part = part
            self.line = line
        }
    }

    private static let mostExamples = 3

    /// All rules that are broken, those of rejected records first, the most frequent first.
    /// - Returns: empty: nothing is flagged, or the database cannot be read now.
    public static func read(database: String) -> [FlaggedRule] {
        guard (try? Files.exists(database)) == true else { return [] }
        let rows =
            (try? SQLiteConnection(path: database, mode: .readOnly, busyTimeout: 500).rows(
                """
                SELECT phase, entity, rule, path, severity = 'reject', count(*), min(message),
                    json_group_array(json_array(CAST(id AS TEXT), part, line)) FILTER (WHERE place <= \(mostExamples))
                FROM (
                    SELECT *, row_number() OVER (PARTITION BY phase, entity, rule, path, severity ORDER BY id) AS place
                    FROM flagged_violations WHERE decision IS NOT 'accept'
                ) GROUP BY 1, 2, 3, 4, 5
                """)) ?? []
        var found: [FlaggedRule] = []
        for row in rows {
            let path = withoutPlaces(row[3].string ?? "")
            let examples = Self.examples(row[7].string)
            let rule = FlaggedRule(
                phase: row[0].string ?? "", entity: row[1].string ?? "", rule: row[2].string ?? "", path: path,
                isRejection: row[4].int == 1, records: row[5].int ?? 0, message: row[6].string ?? "", examples: examples
            )
            if let known = found.firstIndex(where: { $0.isSame(rule) }) {
                found[known].records += rule.records
                found[known].examples = Array((found[known].examples + examples).prefix(mostExamples))
            } else {
                found.append(rule)
            }
        }
        return found.sorted { ($0.isRejection ? 0 : 1, -$0.records) < ($1.isRejection ? 0 : 1, -$1.records) }
    }

    /// Reads `[[id, part, line], …]`.
    private static func examples(_ json: String?) -> [Example] {
        let parser = JSONParser()
        return withExtendedLifetime(parser) {
            var examples: [Example] = []
            (json.flatMap { try? parser.parse($0) })?.forEachElement { place in
                var values: [JSONValue] = []
                place.forEachElement { values.append($0) }
                guard values.count == 3 else { return }
                examples.append(
                    Example(
                        id: values[0].string, part: values[1].string ?? "", line: values[2].int64.map { Int($0) } ?? 0))
            }
            return examples
        }
    }

    private func isSame(_ other: FlaggedRule) -> Bool {
        (phase, entity, rule) == (other.phase, other.entity, other.rule) && path == other.path
            && isRejection == other.isRejection
    }

    /// `phone_numbers[2].number` is `phone_numbers[].number` here.
    static func withoutPlaces(_ path: String) -> String { path.replacing(/\[\d+\]/, with: "[]") }
}

/// Reads the flagged rules of a database again only when its files changed.
public struct FlaggedRuleCache: Sendable {
    private var known: [String: (stamp: FileStamp, rules: [FlaggedRule])] = [:]

    /// An empty cache.
    public init() {}

    /// The rules that records of this database break.
    public mutating func rules(_ database: String) -> [FlaggedRule] {
        let stamp = FileStamp([database, database + "-wal"])
        if let cached = known[database], cached.stamp == stamp { return cached.rules }
        let rules = FlaggedRule.read(database: database)
        known[database] = (stamp, rules)
        return rules
    }
}
