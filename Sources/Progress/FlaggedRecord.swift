internal import Foundation
internal import SQLite
internal import Staging

/// One flagged record that breaks a rule, as the database has it.
public struct FlaggedRecord: Sendable, Equatable {
    /// The record's id; nil: it has none that can be used.
    public let id: String?
    /// The raw part that has it.
    public let part: String
    /// The line in that part, from 1.
    public let line: Int
    /// The field, with its place in lists: `phone_numbers[2].number`.
    public let path: String
    /// Whether the rule keeps it out of its table.
    public let isRejection: Bool
    /// What was expected. May quote the value.
    public let message: String
    /// The value at fault as JSON, cut when it is long; nil: there is none.
    public let value: String?
    /// What was decided about it, `accept` or `reject`; nil: nothing that a transform applied.
    public let decision: String?
    /// Why, in the words of who decided.
    public let note: String?

    /// A record from its values.
    public init(
        id: String?, part: String, line: Int, path: String, isRejection: Bool, message: String, value: String? = nil,
        decision: String? = nil, note: String? = nil
    ) {
        self.id = id
        self.part = part
        self.line = line
        self.path = path
        self.isRejection = isRejection
        self.message = message
        self.value = value
        self.decision = decision
        self.note = note
    }

    /// The records that break a rule, by id; those without a usable id come last.
    /// - Parameter limit: the most of them.
    /// - Returns: empty: there are none, or the database cannot be read now.
    public static func read(database: String, _ rule: FlaggedRule.Key, limit: Int) -> [FlaggedRecord] {
        guard (try? Files.exists(database)) == true else { return [] }
        let rows =
            (try? SQLiteConnection(path: database, mode: .readOnly, busyTimeout: 500).rows(
                """
                SELECT CAST(id AS TEXT), part, line, path, severity = 'reject', message, substr(value, 1, 2000), decision,
                    note
                FROM flagged_violations WHERE phase = ?1 AND entity = ?2 AND rule = ?3 AND path GLOB ?4
                ORDER BY id IS NULL, length(id), id, part, line LIMIT ?5
                """, .text(rule.phase), .text(rule.entity), .text(rule.rule), .text(glob(rule.path)),
                .integer(Int64(limit)))) ?? []
        return rows.map { row in
            FlaggedRecord(
                id: row[0].string, part: row[1].string ?? "", line: row[2].int ?? 0, path: row[3].string ?? "",
                isRejection: row[4].int == 1, message: row[5].string ?? "", value: row[6].string,
                decision: row[7].string, note: row[8].string)
        }.filter { FlaggedRule.withoutPlaces($0.path) == rule.path }
    }

    /// A pattern for a path whose places in lists are left out: `a[].b` matches `a[2].b`.
    static func glob(_ path: String) -> String {
        path.replacing("[]", with: "\u{1}").reduce(into: "") { pattern, character in
            switch character {
            case "\u{1}": pattern += "[[]*]"
            case "[", "*", "?": pattern += "[\(character)]"
            default: pattern.append(character)
            }
        }
    }
}

extension FlaggedRule {
    /// What tells a rule from the others.
    public struct Key: Sendable, Hashable {
        /// The phase.
        public let phase: String
        /// The entity.
        public let entity: String
        /// The rule.
        public let rule: String
        /// The field, with the places in lists left out.
        public let path: String

        /// A key from its parts.
        public init(phase: String, entity: String, rule: String, path: String) {
            self.phase = phase
            self.entity = entity
            self.rule = rule
            self.path = path
        }
    }

    /// What tells this rule from the others.
    public var key: Key { Key(phase: phase, entity: entity, rule: rule, path: path) }
}
