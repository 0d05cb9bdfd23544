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
                CREATE TABLE flagged_violations(entity, phase, id, severity, rule, path, message, decision);
                INSERT INTO flagged_violations VALUES
                    ('contacts', 'core', 1, 'warn', 'required', 'phone_numbers[0].number', 'is missing', NULL),
                    ('contacts', 'core', 2, 'warn', 'required', 'phone_numbers[11].number', 'is missing', NULL),
                    ('contacts', 'core', 3, 'warn', 'required', 'name', 'is missing', 'accept'),
                    ('matters', 'core', NULL, 'reject', 'required', 'id', 'is missing', NULL),
                    ('contacts', 'core', 5, 'reject', 'type', 'birth', 'is no date', 'reject')
                """)
        }
        let rules = FlaggedRule.read(database: path)
        #expect(rules.map(\.path).sorted() == ["birth", "id", "phone_numbers[].number"])
        #expect(rules.prefix(2).allSatisfy(\.isRejection) && rules[2].records == 2)
        #expect(rules[2].examples == ["1", "2"])
        #expect(rules.first { $0.path == "id" }?.examples == [])
    }
}
