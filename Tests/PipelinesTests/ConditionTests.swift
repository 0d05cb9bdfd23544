import Testing

@testable import Pipelines

/// The language of conditions: what row rules and `--where` share.
@Suite struct ConditionTests {
    private func parse(_ text: String) throws -> Condition {
        try ConditionParser.parse(text, ConditionParser.Limits(length: 1000, depth: 20, noun: "column"))
    }

    /// Row rules as they are written in pipeline files, and the text that the fingerprint of a table is made of: staged
    /// results of earlier versions stay current.
    @Test(arguments: [
        ("end_at >= start_at", #""end_at" >= "start_at""#),
        ("close_date is null or close_date >= open_date", #"("close_date" is null or "close_date" >= "open_date")"#),
        ("not a is null and b is not null", #"(not ("a" is null) and "b" is not null)"#),
        ("a = 'it''s' or b != -1.5 and c = TRUE", #"("a" = text "it's" or ("b" != number -1.5 and "c" = true))"#),
        ("(a < 1 OR b > 2) AND c <= 3", #"(("a" < number 1 or "b" > number 2) and "c" <= number 3)"#),
        ("not not a = 5", #"not (not ("a" = number 5))"#),
        ("1 <= a", #"number 1 <= "a""#), ("a = 1.0", #""a" = number 1.0"#),
        ("a == 1 or b <> 2", #"("a" = number 1 or "b" != number 2)"#),
    ])
    func aRowRuleMeansWhatItDid(_ text: String, _ canonical: String) throws {
        let (bound, _) = RuleBinder(names: [], types: [:]).bind(try parse(text))
        #expect(Canonical.condition(bound) == canonical)
    }

    @Test(arguments: [
        ("a = null", "nothing equals null; write: is null, or: is not null"),
        ("a.b = 1", #"there is no column "a.b""#), ("a[0] = 1", #"there is no column "a[0]""#),
        ("a = \"x\"", "write text between single quotes: 'Open'"),
        ("a", "the column \"a\" is not true or false; compare it, or write: a is not null"),
        ("a ~ 'x'", "~ looks for text in text"), ("1 = 1", "one side of a comparison must be a column"),
    ])
    func aRowRuleThatCannotBeIsRefused(_ text: String, _ fault: String) throws {
        let (_, faults) = RuleBinder(names: ["a"], types: ["a": .integer]).bind(try parse(text))
        #expect(faults == [fault])
    }

    @Test(arguments: [
        ("a = 1e999", "1e999 is no number; a date or a time is text: '2020-01-31' at character 5"),
        ("a >", "expected a column or a value at the end"),
        ("a > null", "null is compared with = or != at character 3"),
        ("a = 'x", "the quote is not closed at character 5"), ("", "expected a column or a value at the end"),
        ("a[-1] = 1", "expected a place: 0, 1, … at character 3"),
        ("a = 1 b", "expected and, or, or the end at character 7"),
    ])
    func aMistakeIsNamedWithItsPlace(_ text: String, _ words: String) {
        let error = #expect(throws: ConditionError.self) { try parse(text) }
        #expect(error?.description == words)
    }

    @Test func lengthAndDepthAreBounded() {
        #expect(throws: ConditionError.self) { try parse(String(repeating: "(", count: 30) + "a") }
        #expect(throws: ConditionError.self) { try parse(String(repeating: "a = 1 or ", count: 200) + "a") }
    }

    @Test func aPathAloneAndPathsAreRead() throws {
        #expect(
            try parse("not a.\"b c\"[1].d[]").paths == [
                Condition.Path(
                    steps: [.key("a"), .key("b c"), .index(1), .key("d"), .each], isQuoted: true)
            ])
    }
}
