import Foundation
import Inspection
import JSON
import Load
import StagedFirm
import Staging
import SyncManager
import Testing
import Transform

/// What `staged diff` says before transform and load do it.
@Suite struct StagedDiffTests {
    private func compare(_ firm: StagedFirm, _ name: String) throws -> StagedDiff.Difference {
        try StagedDiff(staging: firm.staging, connection: firm.connection, database: firm.database).compare(
            firm.entity(name), stop: StopSignal())
    }

    @Test func nothingIsToldAfterARunAndNothingIsWritten() async throws {
        let firm = try await StagedFirm.small()
        let before = try firm.contents()
        for name in ["contacts", "matters"] {
            let difference = try compare(firm, name)
            #expect(difference.isEmpty && difference.isExtracted)
        }
        #expect(try firm.contents() == before)
    }

    @Test func anEntityThatWasNotExtractedIsSaidToBeSo() async throws {
        let firm = try await StagedFirm.small()
        #expect(try compare(firm, "users").isExtracted == false)
    }

    @Test func aLoosenedRuleMovesTheRecordsThatItRejected() async throws {
        let firm = try await StagedFirm.small()
        try firm.edit("[Open, Pending, Closed]", to: "[Open, Pending, Closed, Lost]")
        let difference = try compare(firm, "matters")
        #expect(
            difference.layers.moves.map { "\($0.from) \($0.to) \($0.records) \($0.examples)" }
                == [#"rejected healthy 1 ["5"]"#])
        #expect(
            difference.layers.rules.map { "\($0.rule) \($0.path) \($0.before) \($0.after)" }
                == ["allowed status 1 0"])
        #expect(try compare(firm, "contacts").isEmpty)
        // And so it comes.
        let report = try await firm.run(phases: ["core"])
        let matters = try #require(report.entities.first { $0.entity == "matters" })
        #expect(matters.accepted == 6 && matters.rejected == 0 && matters.loaded == 6)
        #expect(try compare(firm, "matters").isEmpty)
    }

    @Test func aTightenedRuleNamesWhatLeavesTheTable() async throws {
        let firm = try await StagedFirm.small()
        try firm.edit("allowed: [Open, Pending, Closed]", to: "allowed: [Pending, Closed]")
        let difference = try compare(firm, "matters")
        #expect(difference.layers.moves.reduce(0) { $0 + $1.records } == 5)
        #expect(difference.layers.moves.allSatisfy { $0.to == .rejected })
        let report = try await firm.run(phases: ["core"])
        #expect(report.entities.first { $0.entity == "matters" }?.rejected == 6)
        #expect(report.verify?.ok == true)
    }

    @Test func columnsThatComeAndGoAreToldWithTheirDeclarations() async throws {
        let firm = try await StagedFirm.small()
        try firm.edit("        open_date: date\n", to: "        opened: {from: open_date, type: date}\n")
        try firm.edit("check: close_date >= open_date", to: "check: close_date >= opened")
        let difference = try compare(firm, "matters")
        let changes = Dictionary(
            uniqueKeysWithValues: (difference.schema?.changes ?? []).map { ($0.column, ($0.before, $0.after)) })
        #expect(changes.keys.sorted() == ["open_date", "opened"])
        #expect(changes["open_date"]?.0 != nil && changes["open_date"]?.1 == nil)
        #expect(changes["opened"]?.0 == nil && changes["opened"]?.1 != nil)
        let columns = difference.layers.columns.map { "\($0.column) \($0.kind) \($0.values)" }
        #expect(Set(columns) == ["open_date dropped 5", "opened added 5"])
    }

    @Test func recordsThatWereExtractedSinceAreNew() async throws {
        let firm = try await StagedFirm.small()
        try await firm.stage("contacts", (1...4).map { Line.contact($0) }, force: true)
        let difference = try compare(firm, "contacts")
        #expect(!difference.isEmpty)
        #expect(difference.layers.fresh == 4)
    }

    @Test func examplesHaveTheirValuesOnlyWhenTheyAreAskedFor() async throws {
        let firm = try await StagedFirm.small()
        try firm.edit("name: {type: text, required: true}", to: "name: {from: phone_numbers, type: json}")
        let difference = try compare(firm, "contacts")
        #expect(!difference.report(showValues: false).json.contains("Contact 1"))
        #expect(difference.report(showValues: true).json.contains("Contact 1"))
    }
}
