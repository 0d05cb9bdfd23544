import Bytes
import Foundation
import Inspection
import JSON
import SQLite
import StagedFirm
import Staging
import SyncManager
import Testing

/// A trace leads from a record's id to its raw line and its row, or says where it got lost.
@Suite struct TraceTests {
    private func trace(_ firm: StagedFirm, _ name: String, _ id: String, everywhere: Bool = false) throws -> RecordTrace
    {
        try Tracer(
            staging: firm.staging, connection: firm.connection, catalog: firm.catalog, database: firm.database
        ).trace(name, id: id, everywhere: everywhere)
    }

    private func rawLine(_ file: String, _ number: Int) throws -> String {
        let reader = try NDJSONReader(path: file, allowsPlain: false)
        while let line = try reader.next() {
            if reader.line == number { return String(decoding: line, as: UTF8.self) }
        }
        return ""
    }

    @Test func everyRowLeadsToTheRawLineThatItCameFrom() async throws {
        let firm = try StagedFirm()
        let lines = (1...1500).map { Line.contact($0, phones: ["\($0)"]) }
        try await firm.stage("contacts", lines)
        try await firm.run(entities: ["contacts"])
        let firstSequence = try #require(try trace(firm, "contacts", "1").versions.first).sequence
        for id in [1, 2, 999, 1000, 1001, 1500] {
            let trace = try trace(firm, "contacts", "\(id)")
            #expect(trace.isFound)
            #expect(trace.versions.map(\.state) == [.row])
            let version = try #require(trace.versions.first)
            #expect(version.raw.record == lines[id - 1])
            #expect(try rawLine(version.raw.file, version.raw.line) == lines[id - 1])
            #expect(version.sequence == Int64(id) - 1 + firstSequence)
            #expect(version.clean != nil && version.loadedAt != nil)
            #expect(trace.row?.text.contains("Contact \(id)") == true)
            #expect(trace.children.map(\.table) == ["contact_phones"])
        }
    }

    @Test func aRejectedRecordIsInNoTableAndItsRuleIsTold() async throws {
        let firm = try await StagedFirm.small()
        let trace = try trace(firm, "matters", "5")
        #expect(trace.versions.map(\.state) == [.rejected])
        #expect(trace.row == nil)
        #expect(trace.versions.first?.flagged?.violations.text.contains("allowed") == true)
        #expect(trace.verdict.first?.contains("cliosync review show matters") == true)
    }

    @Test func theNewestOfSeveralVersionsIsTheRow() async throws {
        let firm = try StagedFirm()
        try await firm.stage(
            "contacts",
            [
                Line.contact(1, name: "Old", updated: "2025-01-01T00:00:00Z"), Line.contact(2),
                Line.contact(1, name: "New", updated: "2025-02-01T00:00:00Z"),
            ])
        try await firm.run(entities: ["contacts"])
        let trace = try trace(firm, "contacts", "1")
        #expect(trace.versions.map(\.state) == [.older, .row])
        #expect(trace.versions.map(\.raw.line) == [1, 3])
        #expect(trace.row?.text.contains("New") == true)
    }

    @Test func aRecordThatIsUnderWayIsSaidToBe() async throws {
        let firm = try StagedFirm()
        try await firm.stage("contacts", [Line.contact(1)])
        #expect(try trace(firm, "contacts", "1").versions.map(\.state) == [.extracted])
        #expect(try trace(firm, "contacts", "1").verdict.first?.contains("cliosync transform") == true)
        try await firm.run([.transform], entities: ["contacts"])
        #expect(try trace(firm, "contacts", "1").versions.map(\.state) == [.transformed])
        try await firm.run([.load], entities: ["contacts"])
        #expect(try trace(firm, "contacts", "1").versions.map(\.state) == [.row])
    }

    @Test func aRowThatSomebodyDeletedIsLost() async throws {
        let firm = try await StagedFirm.small()
        try SQLiteConnection(path: firm.database, mode: .readWrite).run("DELETE FROM contacts WHERE id = 2")
        let trace = try trace(firm, "contacts", "2")
        #expect(trace.versions.map(\.state) == [.lost])
        #expect(trace.verdict.first?.contains("cliosync verify") == true)
    }

    @Test func aRecordThatClioNeverSentIsNotFoundInAnyPart() async throws {
        let firm = try await StagedFirm.small()
        let trace = try trace(firm, "contacts", "99")
        #expect(!trace.isFound)
        #expect(trace.verdict.first?.contains("not among the 3 raw records, complete") == true)
        #expect(trace.verdict.last?.hasPrefix("Clio did not send it") == true)
        // The ids of the page say that it cannot be there.
        #expect((trace.searched.records, trace.searched.of) == (0, 3))
        let everywhere = try self.trace(firm, "contacts", "99", everywhere: true).searched
        #expect((everywhere.records, everywhere.of) == (3, 3))
        let users = try self.trace(firm, "users", "1")
        #expect(users.verdict.first?.contains("cliosync extract --phase supporting") == true)
    }

    @Test func anIDThatOnlyOtherRecordsNameIsNoVersion() async throws {
        let firm = try await StagedFirm.small()
        // Matter 6 names contact 3 by an object with this id.
        #expect(try trace(firm, "matters", "3").versions.map(\.raw.line) == [3])
    }

    @Test func aBrokenLineWithTheIDIsShownAndIsNoRow() async throws {
        let firm = try StagedFirm()
        try await firm.stage("contacts", [Line.contact(1), #"{"id":7,"name":"cut"#])
        try await firm.run(entities: ["contacts"])
        let trace = try trace(firm, "contacts", "7")
        #expect(trace.versions.map(\.state) == [.broken])
        #expect(trace.row == nil)
        #expect(try JSONSerialization.jsonObject(with: Data(trace.json.utf8)) is [String: Any])
    }

    @Test func anotherNameIsToldWithThoseThatAre() async throws {
        let firm = try await StagedFirm.small()
        let error = #expect(throws: ConfigurationError.self) { try trace(firm, "cases", "1") }
        #expect(error?.description.contains("contacts, matters, practice_areas, users") == true)
    }
}
