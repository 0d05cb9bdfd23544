import Bytes
import Foundation
import Inspection
import StagedFirm
import Staging
import SyncManager
import Testing
import Transform

/// Flagged records, what people decide about them, and what becomes of that.
@Suite struct ReviewDecisionTests {
    private func review(_ firm: StagedFirm) throws -> Review {
        try Review(staging: firm.staging, connection: firm.connection, catalog: firm.catalog)
    }

    private func groups(_ firm: StagedFirm) throws -> [ReviewGroup] {
        try review(firm).groups(firm.selection(), database: firm.database)
    }

    private func group(_ firm: StagedFirm, _ rule: String) throws -> ReviewGroup {
        try #require(try groups(firm).first { $0.rule == rule })
    }

    private func matters(_ report: RunReport) throws -> EntitySummary {
        try #require(report.entities.first { $0.entity == "matters" })
    }

    private func target(
        _ ids: [String] = [], rule: String? = nil, path: String? = nil
    ) -> ReviewTarget { ReviewTarget(entity: "matters", ids: ids, rule: rule, path: path) }

    @Test func everyFlaggedRecordIsFoundByItsIDWithItsRuleAndItsRawLine() async throws {
        let firm = try StagedFirm()
        let lines = (1...60).map { id in
            switch id % 4 {
            case 0: Line.matter(id, status: "Lost", client: nil)
            case 1: Line.matter(id, client: nil, opened: "2024-05-01", closed: "2024-04-01")
            case 2: Line.matter(id, number: nil, client: nil)
            default: Line.matter(id, client: nil)
            }
        }
        try await firm.stage("matters", lines)
        let report = try matters(try await firm.run(entities: ["matters"]))
        #expect((report.rejected, report.warned, report.loaded) == (15, 30, 45))
        let review = try review(firm)
        for id in 1...60 {
            let records = try review.show(entity: "matters", .id("\(id)"))
            let rules = records.flatMap { $0.examination.findings.map(\.rule) }
            let expected = [["allowed"], ["closes_after_opening"], ["required"], []][id % 4]
            #expect(rules == expected, "matter \(id)")
            #expect(records.map(\.record) == (expected.isEmpty ? [] : [lines[id - 1]]))
            #expect(records.allSatisfy { $0.examination.isRejected == (id % 4 == 0) && $0.isTransformed })
        }
        let groups = try groups(firm)
        #expect(
            Set(groups.map { "\($0.rule) \($0.path) \($0.records) \($0.kept) \($0.open)" }) == [
                "allowed status 15 15 15", "closes_after_opening close_date >= open_date 15 0 15",
                "required display_number 15 0 15",
            ], "\(groups.map(\.path))")
        for group in groups { #expect(group.examples.count == 3) }
    }

    @Test func anAcceptedRecordIsLoadedByTheNextTransformAndStaysFlagged() async throws {
        let firm = try await StagedFirm.small()
        let plan = try review(firm).plan(.accept, target(["5"]))
        #expect((plan.ids, plan.keys.count, plan.phases) == (["5"], 1, ["core"]))
        // A plan writes nothing.
        #expect(try group(firm, "allowed").waiting == 0)
        try review(firm).carryOut(plan, note: "called them")
        var group = try group(firm, "allowed")
        #expect((group.waiting, group.accepted, group.open, group.kept) == (1, 1, 0, 1))
        #expect(try review(firm).show(entity: "matters", .id("5")).first?.isTransformed == false)
        let report = try await firm.run(phases: ["core"])
        #expect(try matters(report).loaded == 6)
        #expect(try matters(report).acceptedInReview == 1)
        #expect(report.verify?.ok == true)
        group = try self.group(firm, "allowed")
        #expect((group.waiting, group.accepted, group.open, group.kept, group.records) == (0, 1, 0, 0, 1))
        // Deciding the same again is no news.
        let again = try review(firm).plan(.accept, target(["5"]))
        #expect((again.settled, again.keys.count) == (1, 0))
    }

    @Test func aRejectedWarningKeepsTheRecordOutAndCanBeTakenBack() async throws {
        let firm = try await StagedFirm.small()
        try review(firm).carryOut(
            review(firm).plan(.reject, target(rule: "closes_after_opening")), note: nil)
        var report = try await firm.run(phases: ["core"])
        #expect(try matters(report).loaded == 4)
        #expect(try matters(report).rejectedInReview == 1)
        #expect(report.verify?.ok == true)
        try review(firm).carryOut(review(firm).plan(.accept, target(["4"])), note: nil)
        report = try await firm.run(phases: ["core"])
        #expect(try matters(report).loaded == 5)
    }

    @Test func aDecisionLapsesWhenTheValueIsAnotherOne() async throws {
        let firm = try await StagedFirm.small()
        try review(firm).carryOut(review(firm).plan(.accept, target(["5"])), note: nil)
        // An import without a usable record is refused, hence a healthy one.
        let lines = [Line.matter(5, status: "Gone"), Line.matter(7, status: "Lost"), Line.matter(8)]
        try await firm.stage("matters", lines, force: true)
        let report = try await firm.run(phases: ["core"])
        #expect(try matters(report).rejected == 2)
        let group = try group(firm, "allowed")
        #expect((group.records, group.open, group.lapsed, group.accepted) == (2, 2, 1, 0))
    }

    @Test func aDecisionAboutAHealthyRecordIsToldAsLapsed() async throws {
        let firm = try await StagedFirm.small()
        try review(firm).carryOut(review(firm).plan(.accept, target(["5"])), note: nil)
        try await firm.stage("matters", [Line.matter(5, status: "Open")], force: true)
        try await firm.run(phases: ["core"])
        let group = try group(firm, "allowed")
        #expect((group.records, group.lapsed) == (0, 1))
    }

    @Test func aRecordWithAnotherFaultStaysRejectedAndThePlanSaysSo() async throws {
        let firm = try StagedFirm()
        try firm.edit("required: true, severity: warn", to: "required: true")
        try await firm.stage("matters", [Line.matter(1, number: nil, status: "Lost", client: nil), Line.matter(2)])
        try await firm.run(entities: ["matters"])
        let plan = try review(firm).plan(.accept, target(rule: "allowed"))
        #expect(plan.stillRejected == ["1"])
        #expect(try review(firm).plan(.accept, target(["1"])).stillRejected.isEmpty)
    }

    @Test func aRecordWithoutAUsableKeyCannotBeAccepted() async throws {
        let firm = try StagedFirm()
        try await firm.stage(
            "matters", [#"{"id":"x","display_number":"M","status":"Open"}"#, "no json", Line.matter(2)])
        try await firm.run(entities: ["matters"])
        let plan = try review(firm).plan(.accept, target(rule: nil, path: "id"))
        #expect(plan.keys.isEmpty)
        #expect(plan.keyless == ["x"])
        #expect(try groups(firm).reduce(0) { $0 + $1.records } == 2)
    }

    @Test func idsThatAreNotFlaggedAreNamed() async throws {
        let firm = try await StagedFirm.small()
        #expect(try review(firm).plan(.accept, target(["1", "5", "77"])).unknown == ["1", "77"])
        let error = #expect(throws: ConfigurationError.self) {
            try review(firm).plan(.accept, ReviewTarget(entity: "cases", ids: ["1"], rule: nil, path: nil))
        }
        #expect(error?.description.contains("matters") == true)
        #expect(throws: ConfigurationError.self) { try review(firm).plan(.accept, target(rule: "reference")) }
    }

    @Test func orphansAreAGroupUntilTheirParentArrives() async throws {
        let firm = try StagedFirm()
        try await firm.stage("contacts", [Line.contact(1)])
        try await firm.stage("matters", [Line.matter(1), Line.matter(2, client: 9), Line.matter(3, client: 9)])
        try await firm.run(phases: ["core"])
        let group = try group(firm, "reference")
        #expect((group.records, group.kept, Set(group.examples)) == (2, 0, ["2", "3"]))
        try await firm.stage("contacts", [Line.contact(1), Line.contact(9)], force: true)
        try await firm.run(phases: ["core"])
        #expect(try groups(firm).filter { $0.rule == "reference" }.isEmpty)
    }

    @Test func flagsOfAnEarlierExtractAreNotMixedWithNewLines() async throws {
        let firm = try await StagedFirm.small()
        try await firm.stage("matters", [Line.matter(5)], force: true)
        let error = #expect(throws: ConfigurationError.self) { try review(firm).plan(.accept, target(["5"])) }
        #expect(error?.description.contains("run transform first") == true)
    }
}
