import Bytes
import JSON
import Pipelines
import Staging
import Testing

@testable import Transform

/// What a person's word does to a record.
@Suite struct DecisionTests {
    /// `display_number` rejects; what is missing or wrong elsewhere warns.
    private static let strict: Entity = {
        let rule = RowRule(
            name: "closes_later", text: "close_date >= open_date",
            condition: .compare(.column("close_date"), .greaterOrEqual, .column("open_date")), severity: .reject,
            message: nil)
        return TestEntity.matters(
            extra: [
                Column(name: "code", path: ["code"], type: .integer, required: true),
                Column(name: "grade", path: ["grade"], type: .text, allowed: ["A"], severity: .reject),
            ], rules: [rule])
    }()

    private func examine(_ json: String, _ decisions: [Decision] = []) throws -> RecordExaminer.Examination {
        let examiner = try RecordExaminer(Self.strict, decisions: DecisionSet(decisions, entity: "matters"))
        var buffer = ByteBuffer()
        buffer.append(json)
        return examiner.examine(buffer.bytes)
    }

    private func decide(
        _ verdict: Decision.Verdict, _ json: String, only rule: String? = nil
    ) throws -> [Decision] {
        let examination = try examine(json)
        return examination.findings.filter { rule == nil || $0.rule == rule }.map { finding in
            Decision(
                entity: "matters",
                key: .init(id: examination.id ?? "", rule: finding.rule, path: finding.path, hash: finding.hash),
                verdict: verdict, by: "ann", at: "2026-11-24T10:00:00Z", note: nil)
        }
    }

    private static let bad = #"{"id":7,"display_number":"1","code":"x","grade":"B","status":"Gone"}"#

    @Test func anAcceptedRecordIsLoadedWithNullForItsBadValues() throws {
        #expect(try examine(Self.bad).isRejected)
        let decisions = try decide(.accept, Self.bad)
        let accepted = try examine(Self.bad, decisions)
        #expect(!accepted.isRejected)
        let row = try #require(accepted.clean)
        #expect(row.contains(#""code":null,"grade":null"#))
        #expect(row.contains(#""status":null"#))
        #expect(accepted.findings.allSatisfy { $0.decision?.verdict == .accept })
        // A required value that is missing altogether.
        let missing = #"{"id":7,"display_number":"1"}"#
        let admitted = try examine(missing, try decide(.accept, missing))
        #expect(admitted.clean?.contains(#""code":null"#) == true)
    }

    @Test func everyRejectMustBeAccepted() throws {
        let some = try decide(.accept, Self.bad, only: "type")
        #expect(try examine(Self.bad, some).isRejected)
        let others = try decide(.accept, Self.bad, only: "allowed")
        #expect(try !examine(Self.bad, some + others).isRejected)
    }

    @Test func aDecisionLapsesWithItsValue() throws {
        let decisions = try decide(.accept, Self.bad)
        for other in ["\"y\"", "[]", "18446744073709551616"] {
            #expect(try examine(Self.bad.replacing("\"x\"", with: other), decisions).isRejected, "\(other)")
        }
        #expect(try examine(Self.bad.replacing("\"id\":7", with: "\"id\":8"), decisions).isRejected)
        // White space and what stands beside it do not matter.
        #expect(try !examine(Self.bad.replacing(":\"x\"", with: ": \"x\""), decisions).isRejected)
        #expect(
            try !examine(Self.bad.replacing("\"display_number\":\"1\"", with: "\"display_number\":\"2\""), decisions)
                .isRejected)
    }

    @Test func aRowRuleLapsesWithAnyOfItsColumns() throws {
        let json = #"{"id":7,"display_number":"1","code":1,"open_date":"2024-02-02","close_date":"2024-01-01"}"#
        let decisions = try decide(.accept, json)
        let accepted = try examine(json, decisions)
        #expect(!accepted.isRejected)
        #expect(accepted.clean?.contains(#""close_date":"2024-01-01""#) == true)
        #expect(try examine(json.replacing("2024-02-02", with: "2024-02-03"), decisions).isRejected)
        #expect(try examine(json.replacing("2024-01-01", with: "2023-01-01"), decisions).isRejected)
    }

    @Test func aWarnedRecordIsKeptOutByAPerson() throws {
        let warned = #"{"id":7,"display_number":"1","code":1,"status":"Gone"}"#
        #expect(try !examine(warned).isRejected)
        let decisions = try decide(.reject, warned)
        #expect(try examine(warned, decisions).isRejected)
        #expect(try !examine(warned.replacing("Gone", with: "Lost"), decisions).isRejected)
        // The last word counts.
        #expect(try !examine(warned, decisions + decide(.accept, warned)).isRejected)
    }

    @Test(arguments: [
        #"{"display_number":"1","code":1}"#, #"{"id":"x","display_number":"1","code":1}"#, "[]", "junk",
        #"{"id":99999999999999999999,"display_number":"1","code":1}"#,
    ])
    func nobodyAcceptsARecordWithoutItsKey(_ json: String) throws {
        let examination = try examine(json, decide(.accept, json))
        #expect(examination.isRejected)
        #expect(examination.isKeyBroken)
    }

    @Test func healthyRecordsAndEntitiesWithoutDecisionsAreAsBefore() throws {
        let healthy = #"{"id":7,"display_number":"1","code":1}"#
        #expect(try examine(healthy) == examine(healthy, decide(.accept, Self.bad)))
        let none = DecisionSet([], entity: "matters")
        let others = DecisionSet(try decide(.accept, Self.bad), entity: "contacts")
        #expect(
            Transformer.fingerprint(Self.strict, decisions: none)
                == Transformer.fingerprint(Self.strict, decisions: others))
        let some = DecisionSet(try decide(.accept, Self.bad), entity: "matters")
        #expect(
            Transformer.fingerprint(Self.strict, decisions: none)
                != Transformer.fingerprint(Self.strict, decisions: some))
    }

    @Test func pathsAreGrouped() {
        #expect(RecordExaminer.group("phone_numbers[12].kind.label") == "phone_numbers[].kind.label")
        #expect(RecordExaminer.group("client.id") == "client.id")
    }
}
