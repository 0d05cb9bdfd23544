import Foundation
import SQLite
import Testing

@testable import Progress

/// What the database says of flagged records.
@Suite struct FlaggedRuleTests {
    @Test func recordsAreCountedByRuleAndFieldAndAcceptedOnesAreNotFlagged() throws {
        let path = NSTemporaryDirectory() + "/flagged-\(UUID().uuidString).sqlite"
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(FlaggedRule.read(database: path).isEmpty)
        do {
            let connection = try SQLiteConnection(path: path, mode: .create)
            try connection.execute(
                """
                CREATE TABLE flagged_violations(
                    entity, phase, id, severity, rule, path, message, decision, part, line, value, note);
                INSERT INTO flagged_violations VALUES
                    ('contacts', 'core', 1, 'warn', 'required', 'phone_numbers[0].number', 'is missing', NULL, 'p1', 7, NULL, NULL),
                    ('contacts', 'core', 'a,b', 'warn', 'required', 'phone_numbers[11].number', 'is missing', NULL, 'p1', 8, '"x"', 'why'),
                    ('contacts', 'core', 3, 'warn', 'required', 'name', 'is missing', 'accept', 'p1', 9, NULL, NULL),
                    ('contacts', 'core', NULL, 'warn', 'required', 'phone_numbers[1].number', 'is missing', NULL, 'p2', 1, NULL, NULL),
                    ('contacts', 'core', 9, 'warn', 'required', 'phone_numbers[1].number.x', 'is missing', NULL, 'p2', 2, NULL, NULL),
                    ('matters', 'core', NULL, 'reject', 'required', 'id', 'is missing', NULL, 'p2', 3, NULL, NULL),
                    ('contacts', 'core', 5, 'reject', 'type', 'birth', 'is no date', 'reject', 'p2', 4, NULL, NULL)
                """)
        }
        let rules = FlaggedRule.read(database: path)
        #expect(rules.map(\.path).sorted() == ["birth", "id", "phone_numbers[].number", "phone_numbers[].number.x"])
        #expect(rules.prefix(2).allSatisfy(\.isRejection) && rules[2].records == 3)
        // An id may have a comma, and a record may have none.
        #expect(Set(rules[2].examples.map(\.id)) == ["1", "a,b", nil])
        #expect(rules.first { $0.path == "id" }?.examples == [.init(id: nil, part: "p2", line: 3)])

        // The records of one rule at one field, in whatever place of a list; those without an id are last.
        let records = FlaggedRecord.read(database: path, rules[2].key, limit: 10)
        #expect(records.map(\.id) == ["1", "a,b", nil])
        #expect(records.map(\.line) == [7, 8, 1] && records[1].value == "\"x\"" && records[1].note == "why")
        #expect(FlaggedRecord.read(database: path, rules[2].key, limit: 1).count == 1)
        let odd = FlaggedRule.Key(phase: "core", entity: "contacts", rule: "required", path: "phone_number?[].number")
        #expect(FlaggedRecord.read(database: path, odd, limit: 10).isEmpty)
    }
}
