import Bytes
import Pipelines
import Staging
import TestSupport
import Testing

@testable import Extract
@testable import HTTP

/// A page with the padding that a body has.
private func cut(_ text: String, _ checks: PageChecks = PageChecks()) throws(PageFault) -> CutPage {
    try cut(bytes: Array(text.utf8), checks)
}

private func cut(bytes: [UInt8], _ checks: PageChecks = PageChecks()) throws(PageFault) -> CutPage {
    var buffer = ByteBuffer(capacity: 64)
    bytes.withUnsafeBytes { buffer.append($0) }
    return try PageCutter().cut(buffer.bytes, checks)
}

extension CutPage {
    fileprivate var text: String { String(decoding: lines, as: UTF8.self) }
}

@Suite struct PageCutterTests {
    @Test func recordsBecomeLinesAndNothingElse() throws {
        let page = try cut(
            """
            { "data" : [ { "id" : 1, "n" : 1.50e+01, "s" : "a \\u0041 \\/ b" } ,
              {"id":2,"l":[1, [2], {"x":"]},{"}],"e":{}} ],
              "meta": {"records": 1234, "paging": {"next": "https://h/p?page_token=x"}} }
            """)
        #expect(
            page.text == """
                {"id":1,"n":1.50e+01,"s":"a \\u0041 \\/ b"}
                {"id":2,"l":[1,[2],{"x":"]},{"}],"e":{}}

                """)
        #expect(page.records == 2)
        #expect(page.firstID == "1")
        #expect(page.lastID == "2")
        #expect(page.total == 1234)
        #expect(page.next == "https://h/p?page_token=x")
    }

    @Test(arguments: [
        #"{"data":[],"meta":{}}"#, #"{"data":[]}"#, #"{"data":[],"meta":{"paging":{}}}"#,
        #"{"meta":{"paging":{"next":null}},"data":[ ]}"#,
    ])
    func anEmptyLastPageIsFine(_ text: String) throws {
        let page = try cut(text)
        #expect(page.records == 0)
        #expect(page.lines.isEmpty)
        #expect(page.next == nil)
    }

    @Test func nastyUnicodeStaysAsSent() throws {
        let name = "\u{202E}Zoë 👩‍⚖️ \u{2028} \u{0}".replacingOccurrences("\u{0}", "\\u0000")
        let page = try cut(#"{"data":[{"id":"cal-1","name":"\#(name)","d":"\ud83d\ude00"}]}"#)
        #expect(page.text == #"{"id":"cal-1","name":"\#(name)","d":"\ud83d\ude00"}"# + "\n")
        #expect(page.firstID == "cal-1")
    }

    /// The walk along the parser's index and the one over the text must agree, wherever white space and brackets are.
    @Test func bothWaysOfCuttingAgree() throws {
        var random = TestSeed.numbers()
        func space() -> String {
            String(
                repeating: [" ", "\n", "\t"].randomElement(using: &random)!, count: .random(in: 0...2, using: &random))
        }
        func value(_ depth: Int) -> String {
            let texts = [
                "1", "-2.50e+3", "null", "true", "\"\"", #""a,]}{[:""#, #""\\\"data\":[""#, #""\ud83d\ude00""#,
            ]
            guard depth > 0, Bool.random(using: &random) else { return texts.randomElement(using: &random)! }
            let isList = Bool.random(using: &random)
            let items = (0..<Int.random(in: 0...3, using: &random)).map { _ in
                space() + (isList ? "" : #""data""# + space() + ":" + space()) + value(depth - 1) + space()
            }
            let text = items.joined(separator: ",")
            return isList ? "[\(text)\(space())]" : "{\(text)\(space())}"
        }
        for _ in 0..<300 {
            let records = (0..<Int.random(in: 0...4, using: &random)).map { _ in space() + value(4) + space() }.joined(
                separator: ",")
            let (before, behind) = (#""meta":\#(value(3)),"#, #","x":\#(value(3))"#)
            let text =
                "{\(space())\(before)\(space())\"data\"\(space()):\(space())[\(records)\(space())]\(behind)\(space())}"
            let quick = try cut(text)
            // A damaged string takes the other way.
            let slow = try cut(bytes: Array(text.dropLast().utf8) + Array(#","y":"\ud800"}"#.utf8))
            #expect(quick.lines == slow.lines, "\(text)")
            #expect(quick.records == slow.records)
        }
    }

    @Test func ofTwoListsTheLastCounts() throws {
        let page = try cut(#"{"data":[{"id":1},{"id":2}],"meta":{"data":[7]},"data":[{"id":3}]}"#)
        #expect(page.text == "{\"id\":3}\n")
        // A key that is only the same once its escapes are read.
        #expect(throws: PageFault.self) { try cut(#"{"data":[{"id":1}],"d\u0061ta":[{"id":2},{"id":3}]}"#) }
    }

    /// Damaged values are the transformer's business: the record is kept as sent.
    @Test func damagedValuesAreKept() throws {
        let big = "123456789012345678901234567890"
        let text = #"{"data":[{"id":\#(big),"s":"\ud800"},{"id":2,"s":"#
        let bytes = Array(text.utf8) + [0x22, 0xFF, 0xC3, 0x22] + Array(#"}]}"#.utf8)
        let page = try cut(bytes: bytes)
        #expect(page.records == 2)
        let lines = page.lines.split(separator: 0x0A)
        #expect(Array(lines[0]) == Array(#"{"id":\#(big),"s":"\ud800"}"#.utf8))
        #expect(Array(lines[1]) == Array(#"{"id":2,"s":"#.utf8) + [0x22, 0xFF, 0xC3, 0x22] + Array("}".utf8))
    }

    @Test func aRawLineFeedInAStringDoesNotBreakTheLine() throws {
        let page = try cut("{\"data\":[{\"id\":1,\"s\":\"a\nb\\\"\nc\"},{\"id\":2}]}")
        #expect(page.text == "{\"id\":1,\"s\":\"a\\nb\\\"\\nc\"}\n{\"id\":2}\n")
    }

    @Test func elementsThatAreNoRecordsAreStillLines() throws {
        let page = try cut(#"{"data":[1,"a,]",null,{"id":3}]}"#)
        #expect(page.text == "1\n\"a,]\"\nnull\n{\"id\":3}\n")
        #expect(page.records == 4)
    }

    /// Promise 5: a page that is not whole is never taken in part.
    @Test(arguments: [
        "", "<html><body>502</body></html>", #"{"data":[{"id":1},{"id":2"#, #"{"data":[{"id":1}]"#, #"{"data":null}"#,
        #"{"data":{"id":1}}"#, #"{"error":"x"}"#, "[1]", #"{"data":[{"id":1}]} trailing"#, #"{"data":"abc"}"#,
        #"{"data":[],"meta":{"paging":{"next":7}}}"#,
    ])
    func brokenPagesAreRefused(_ text: String) {
        #expect {
            try cut(text)
        } throws: { error in
            guard case .damaged = error as? PageFault else { return false }
            return true
        }
    }

    @Test func aDisguisedRefusalIsSeen() {
        let text = #"""
            {"metadata": {"encodingDecoded": "text/plain"}, "data": "eyJlcnJvciI6IHsidHlwZSI6ICJSYXRlTGltaXRlZCIsICJtZXNzYWdlIjogIlJhdGUgbGltaXQgb2YgNTAgZXhjZWVkZWQuIFJldHJ5IGluIDIzIHNlY29uZHMuIn19"}
            """#
        #expect(throws: PageFault.limited(seconds: 23)) { try cut(text) }
    }

    @Test func expectationsAreChecked() throws {
        var checks = PageChecks()
        checks.expectations = [
            CompiledExpectation(.init(path: ["type"], json: "\"TimeEntry\"")),
            CompiledExpectation(.init(path: ["m", "open"], json: "true")),
        ]
        let page = try cut(
            #"{"data":[{"type":"TimeEntry","m":{"open":true}},{"type":"Expense","m":{"open":true}},{"type":"TimeEntry"}]}"#,
            checks)
        #expect(page.mismatches == 2)
    }

    @Test func recordsOutsideTheirWindowAreCounted() throws {
        var checks = PageChecks()
        checks.window = WindowCheck(
            startField: "s", endField: "e", lower: Moment.seconds("2020-01-01T00:00:00Z"),
            upper: Moment.seconds("2021-01-01T00:00:00Z"))
        let page = try cut(
            #"""
            {"data":[{"s":"2019-12-31T23:00:00-05:00","e":"2020-01-01T01:00:00-05:00"},{"s":"2018-01-01T00:00:00Z","e":"2018-01-02T00:00:00Z"},
            {"s":"2021-02-01T00:00:00Z","e":"2021-02-02T00:00:00Z"},{"s":null,"e":null},{"s":"2018-01-01T00:00:00Z","e":"2022-01-02T00:00:00Z"}]}
            """#, checks)
        #expect(page.outside == 2)
    }

    @Test func aWalkInTheOrderOfIdsShowsWhatComesTwice() throws {
        var checks = PageChecks()
        checks.isOrderedByID = true
        checks.above = 10
        let page = try cut(#"{"data":[{"id":9},{"id":11},{"id":11},{"id":12}]}"#, checks)
        #expect(page.duplicates == 2)
        #expect(page.highestID == 12)
    }

    // MARK: What is kept

    private func kept(_ records: String, _ filter: PageFilter, isOrdered: Bool = true) throws -> CutPage {
        var checks = PageChecks(isOrderedByID: isOrdered)
        checks.filter = { filter }
        let page = try cut("{\"data\":[\(records)],\"meta\":{}}", checks)
        #expect(page.lines.count { $0 == 10 } == page.kept)
        return page
    }

    @Test func whatTheContinuedStreamFetchedIsLeftOut() throws {
        let records = #"{"id":3},{"name":"no id"},{"id":4},{"name":"none either"},{"id":5}"#
        let page = try kept(records, PageFilter(after: 4))
        #expect(page.text == "{\"name\":\"none either\"}\n{\"id\":5}\n")
        // What the page says of the list is said of all of its records.
        #expect(page.records == 5 && page.kept == 2 && page.lowestID == 3 && page.highestID == 5)
        #expect(try kept(records, PageFilter(after: 4), isOrdered: false).kept == 5)
        #expect(try kept(records, PageFilter(after: 9)).kept == 0)
        #expect(try kept(records, PageFilter(after: 2)).kept == 5)
    }

    @Test func whatTheNextPartitionFetchesIsLeftOut() throws {
        let records =
            #"{"id":1,"created_at":"2026-01-01T00:00:00Z"},{"id":2,"created_at":"2026-01-01T00:00:01Z"},{"id":3}"#
        let page = try kept(records, PageFilter(upTo: 1_767_225_600))
        #expect(page.text == "{\"id\":1,\"created_at\":\"2026-01-01T00:00:00Z\"}\n{\"id\":3}\n")
    }

    @Test func whatGroupsFetchedIsLeftOut() async throws {
        let bench = try await Bench(ClioDouble.State())
        let writer = try await RawLayerWriter.open(bench.folder.entity(phase: "core", name: "things"), force: false)
        let lines = "{\"id\":1}\n{\"id\":\"2\"}\n{\"id\":\"x\"}\n{\"name\":\"a\"}\n"
        try await writer.commit(
            RawPage(stream: .list, lines: Array(lines.utf8), records: 4, request: "/", next: nil, reportedTotal: nil))
        let fetched = try await StagedIDs.read(writer.files)
        await bench.close()
        let records = #"{"id":1,"n":2},{"id":2},{"id":"x"},{"id":"y"},{"name":"a"},{"name":"b"},{"id":null}"#
        let page = try kept(records, PageFilter(fetched: fetched))
        #expect(page.text == "{\"id\":\"y\"}\n{\"name\":\"b\"}\n{\"id\":null}\n")
    }
}

extension String {
    fileprivate func replacingOccurrences(_ old: String, _ new: String) -> String {
        split(separator: old, omittingEmptySubsequences: false).joined(separator: new)
    }
}
