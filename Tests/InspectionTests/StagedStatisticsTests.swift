import Bytes
import Foundation
import Inspection
import Pipelines
import StagedFirm
import SyncManager
import Testing

/// What `staged stats`, `staged ls` and `staged head` say of lines that a test wrote.
@Suite struct StagedStatisticsTests {
    private func statistics(_ lines: [String], _ chosen: LineSelection = LineSelection()) async throws
        -> StagedLayers.Statistics
    {
        let firm = try StagedFirm()
        try await firm.stage("users", lines)
        return try firm.layers.statistics(.raw, chosen)
    }

    @Test func everyPathIsCountedWithItsTypesAndExtremes() async throws {
        let result = try await statistics([
            #"{"id":1,"name":"Ann","rate":10,"client":{"id":7},"phones":[{"n":"1"},{"n":"22"}]}"#,
            #"{"id":2,"name":null,"rate":2.5,"client":null,"phones":[]}"#,
            #"{"id":3,"name":"Zoë","rate":-4,"enabled":true}"#,
            #"no json"#, #"[1]"#,
        ])
        #expect(result.lines == 5)
        #expect(result.broken == 2)
        #expect(!result.isCut)
        let fields = Dictionary(uniqueKeysWithValues: result.fields.map { ($0.field, $0) })
        #expect(
            fields.keys.sorted() == [
                "client", "client.id", "enabled", "id", "name", "phones", "phones[]", "phones[].n", "rate",
            ])
        let name = try #require(fields["name"])
        #expect((name.present, name.missing, name.nulls) == (3, 0, 1))
        #expect((name.shortest, name.longest) == (3, 4))
        #expect((name.first, name.last) == ("Ann", "Zoë"))
        #expect(name.values == ["Ann": 1, "Zoë": 1])
        #expect(name.distinct == 2 && name.isDistinctExact)
        let rate = try #require(fields["rate"])
        #expect((rate.least, rate.greatest) == (-4, 10))
        #expect(rate.types == ["integer": 2, "decimal": 1])
        #expect(fields["enabled"]?.missing == 2)
        #expect(fields["client.id"]?.present == 1)
        #expect(fields["phones[].n"]?.present == 2)
        #expect(fields["phones"]?.longest == 2)
        #expect(fields["id"]?.entity == "supporting/users")
    }

    @Test func manyValuesAreCountedAndNotListed() async throws {
        let lines = (1...300).map { #"{"id":\#($0),"name":"N\#($0 % 50)","state":"\#($0 % 2)"}"# }
        let fields = Dictionary(
            uniqueKeysWithValues: try await statistics(lines).fields.map { ($0.field, $0) })
        #expect(fields["id"]?.distinct == 300)
        #expect(fields["name"]?.distinct == 50 && fields["name"]?.values == nil)
        #expect(fields["state"]?.values == ["0": 150, "1": 150])
    }

    @Test func onlyChosenLinesCount() async throws {
        let lines = (1...30).map { #"{"id":\#($0),"name":"N\#($0 % 3)"}"# }
        let filter = try RecordFilter("name = 'N1'")
        #expect(try await statistics(lines, LineSelection(filter: filter)).lines == 10)
        #expect(try await statistics(lines, LineSelection(ids: ["4", "5", "99"])).lines == 2)
        #expect(try await statistics(lines, LineSelection(ids: ["4", "5"], filter: filter)).lines == 1)
    }

    @Test func keysThatAreDataAreCutAndSaidToBe() async throws {
        let members = (0..<100).map { #""k\#($0)":1"# }.joined(separator: ",")
        let lines = (1...60).map { #"{"id":\#($0),"name":"n","object\#($0)":{\#(members)}}"# }
        let result = try await statistics(lines)
        #expect(result.isCut)
        #expect(result.lines == 60 && result.broken == 0)
        #expect(result.fields.count <= 5_000)
    }

    @Test func layersAreListedWithWhatIsInThem() async throws {
        let firm = try await StagedFirm.small()
        func listing() throws -> [String] {
            try firm.layers.list().map { "\($0.phase)/\($0.entity) \($0.layer) \($0.records) \($0.state)" }
        }
        #expect(
            try listing() == [
                "core/contacts raw 3 complete", "core/contacts clean 3 up to date",
                "core/contacts flagged 0 up to date",
                "core/matters raw 6 complete", "core/matters clean 5 up to date", "core/matters flagged 2 up to date",
            ])
        try await firm.stage("contacts", [Line.contact(1)], force: true)
        #expect(
            try listing()[..<3] == [
                "core/contacts raw 1 complete", "core/contacts clean 3 stale", "core/contacts flagged 0 stale",
            ])
    }

    @Test func linesArePrintedAsTheyAreStaged() async throws {
        let firm = try await StagedFirm.small()
        var lines: [String] = []
        try firm.layers.forEachLine(.raw) { entity, line in
            if entity.name == "matters" { lines.append(String(decoding: line, as: UTF8.self)) }
            return lines.count < 2
        }
        #expect(lines == [Line.matter(1), Line.matter(2)])
        var flagged: [String] = []
        try firm.layers.forEachLine(.flagged, LineSelection(ids: ["5"])) { _, line in
            flagged.append(String(decoding: line, as: UTF8.self))
            return true
        }
        #expect(flagged.count == 1)
        #expect(flagged.first?.contains(#""rule":"allowed""#) == true)
    }

    @Test func aConnectionWithNothingStagedSaysWhatToDo() throws {
        let firm = try StagedFirm()
        let error = #expect(throws: ConfigurationError.self) { try firm.layers }
        #expect(error?.description.contains("cliosync extract") == true)
    }
}
