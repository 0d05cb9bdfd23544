import Bytes
import JSON
import Pipelines
import Staging
import Testing

@testable import Transform

/// Row rules over numbers: exact, also where a `Double` is not.
@Suite struct RowRuleTests {
    /// 2^53 and the integer behind it, which is no `Double`.
    @Test(arguments: [
        ("9007199254740993", "9007199254740992", false), ("9007199254740992", "9007199254740993", true),
        ("9007199254740993", "9007199254740993", true), ("9007199254740993", "9007199254740992.0", false),
        ("9007199254740992", "9007199254740992.0", true), ("9223372036854775807", "9223372036854775808", true),
        ("9223372036854775807", "1e300", true), ("-9223372036854775808", "-1e300", false),
        ("-9223372036854775808", "-9223372036854775808.0", true), ("2", "2.5", true), ("3", "2.5", false),
        ("-2", "-2.5", false), ("-3", "-2.5", true), ("null", "1", true),
    ])
    func anIntegerAndADecimalAreComparedExactly(_ small: String, _ large: String, _ isHealthy: Bool) throws {
        for (left, comparison, right) in [
            ("small", Condition.Comparison.lessOrEqual, "large"), ("large", .greaterOrEqual, "small"),
        ] {
            let rule = RowRule(
                name: "order", text: "", condition: .compare(.column(left), comparison, .column(right)),
                severity: .warn, message: nil)
            #expect(try rules(rule, #""small":\#(small),"large":\#(large)"#) == (isHealthy ? [] : ["order"]))
        }
    }

    @Test func aLiteralIsAnExactInteger() throws {
        let rule = RowRule(
            name: "exact", text: "", condition: .compare(.column("small"), .equal, .integer(9_007_199_254_740_993)),
            severity: .warn, message: nil)
        #expect(try rules(rule, #""small":9007199254740993"#) == [])
        #expect(try rules(rule, #""small":9007199254740992"#) == ["exact"])
    }

    @Test(arguments: [("matter 7", "MATTER", true), ("matter 7", "8", false), ("x", "", true), ("Ä", "ä", false)])
    func textIsFoundWhateverTheCaseOfItsLetters(_ text: String, _ part: String, _ isHealthy: Bool) throws {
        let rule = RowRule(
            name: "part", text: "", condition: .compare(.column("entry"), .contains, .text(part)), severity: .warn,
            message: nil)
        #expect(try rules(rule, "\"small\":1,\"entry\":\"\(text)\"") == (isHealthy ? [] : ["part"]))
    }

    /// Clio writes some ids of text as numbers.
    @Test func aTextReferenceThatCameAsANumberIsThere() throws {
        let rule = RowRule(
            name: "there", text: "", condition: .isNotNull(column: "entry"), severity: .warn, message: nil)
        for (value, expected) in [("7", [String]()), ("\"7\"", []), ("null", ["there"])] {
            #expect(try rules(rule, "\"small\":1,\"entry\":\(value)") == expected)
        }
    }

    private func rules(_ rule: RowRule, _ members: String) throws -> [String] {
        let extra = [
            Column(name: "small", path: ["small"], type: .integer),
            Column(name: "large", path: ["large"], type: .decimal),
            Column(name: "entry", path: ["entry"], type: .text, references: "entries"),
        ]
        let examiner = try RecordExaminer(
            TestEntity.matters(extra: extra, rules: [rule]), decisions: DecisionSet([], entity: "matters"))
        var line = ByteBuffer()
        line.append(#"{"id":1,"display_number":"1",\#(members)}"#)
        return examiner.examine(line.bytes).findings.map(\.rule)
    }
}
