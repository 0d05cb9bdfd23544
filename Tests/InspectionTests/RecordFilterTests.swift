import Bytes
import JSON
import Testing

@testable import Inspection

/// `--where`: the language over the JSON of a line.
@Suite struct RecordFilterTests {
    private static let record = #"""
        {"id":7,"big":9007199254740993,"total":120.5,"billed":true,"paid":false,"note":null,"name":"O'Neil & Söhne",
        "client":{"id":42,"name":"Acme"},"phone_numbers":[{"number":"555-1","primary":true},{"number":"777-2"}],
        "tags":["a","b"],"empty":[],"odd key":1,"huge":123456789012345678901234567890,"date":"2024-02-29"}
        """#

    private func holds(_ condition: String) throws -> Bool {
        let filter = try RecordFilter(condition)
        let parser = JSONParser()
        return filter.matches(try parser.parse(Self.record))
    }

    @Test(arguments: [
        "id = 7", "id == 7", "id <> 8", "id != 8", "7 = id", "total > 100", "total >= 120.5", "total < 1.3e2",
        "id = 7.0",
        "billed", "billed = true", "not paid", "paid = false", "not (id = 8)", "billed = true and total > 100",
        "id = 8 or total > 100", "id = 8 and id = 8 or id = 7", "note = null", "note is null", "missing is null",
        "missing = null", "client.id is not null", "client.id != null", "client.name = 'Acme'", "client.name ~ 'ACM'",
        "name = 'O''Neil & Söhne'", "name ~ 'söhne' or name ~ 'Söhne'", "phone_numbers.number = '777-2'",
        "phone_numbers[0].number = '555-1'", "phone_numbers[].number ~ '77'", "phone_numbers[0].primary", "tags = 'b'",
        "tags[1] = 'b'", "tags ~ 'A'", "\"odd key\" = 1", "huge > 1", "date >= '2024-01-01'", "date < '2024-03-01'",
        "big = 9007199254740993", "big != 9007199254740992", "id = 'seven' or true = billed", "id != 'seven'",
        "big > 9007199254740992.0", "9007199254740992.5 < big", "((((id = 7))))", "NOT paid AND billed",
        "empty is null", "id > -1",
    ])
    func isTrue(_ condition: String) throws { #expect(try holds(condition)) }

    @Test(arguments: [
        "id = 8", "id = '7'", "total > 121", "paid", "note = 1", "note != 1", "missing > 1", "not missing > 1",
        "missing = 'x' or paid", "phone_numbers.number = '999'", "phone_numbers[2].number = '777-2'", "client = 1",
        "name ~ 'x'", "id ~ '7'", "billed = 1", "big = 9007199254740992", "big = 9007199254740992.0",
        "billed and note = 1", "empty = 1",
        "tags[0] = 'b'",
    ])
    func isNotTrue(_ condition: String) throws { #expect(try !holds(condition)) }

    /// The caret stands below the place.
    @Test(arguments: [
        ("total >", 7), ("total > and", 8), ("(id = 1", 7), ("id = 1)", 6), ("id = 'x", 5), ("id ! 1", 3), ("5", 1),
        ("id = 1 id", 7), ("id is nul", 6), ("null > id", 5), ("a..b", 2), ("a[x]", 2), ("a[1", 3), ("id = 1.2.3", 5),
        ("", 0),
        ("id $ 5", 3), ("or", 0), ("not", 3),
    ])
    func aMistakeIsShownWhereItIs(_ condition: String, _ column: Int) {
        let error = #expect(throws: ConfigurationError.self) { try RecordFilter(condition) }
        let lines = (error?.description ?? "").split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count == 3)
        #expect(lines.last.map { $0.count } == column + 3, "\(error?.description ?? "")")
        #expect(lines.last?.last == "^")
    }

    @Test func depthAndLengthAreBounded() {
        let deep = String(repeating: "(", count: 500) + "id = 1" + String(repeating: ")", count: 500)
        #expect(throws: ConfigurationError.self) { try RecordFilter(deep) }
        #expect(throws: ConfigurationError.self) { try RecordFilter(String(repeating: "not ", count: 500) + "a") }
        #expect(throws: ConfigurationError.self) { try RecordFilter(String(repeating: "a = 1 or ", count: 5000) + "b") }
    }

    @Test func distinctValuesAreCountedExactlyAndThenAbout() {
        var count = DistinctCount()
        for value in 0..<4000 { for _ in 0..<2 { count.insert(UInt64(value)) } }
        #expect(count.isExact)
        #expect(count.count == 4000)
        for value in 0..<200_000 { count.insert(UInt64(value)) }
        #expect(!count.isExact)
        #expect(abs(count.count - 200_000) < 16_000)
    }
}
