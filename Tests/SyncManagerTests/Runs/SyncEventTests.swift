import Foundation
import JSON
import Testing

@testable import SyncManager

/// The JSON of events, and that docs/events.schema.json describes it.
@Suite struct SyncEventTests {
    private static let facts: [SyncEvent.Fact] = [
        .started(processID: 7, job: "j", phases: ["core"], stages: [.extract, .load]),
        .started(processID: 7, job: nil, phases: [], stages: []),
        .progress(
            SyncEvent.Progress(
                requests: 3, budgetPerMinute: 45, fetchedPercent: 12.5, loadedPercent: 0, rows: 9, secondsLeft: 60)),
        .progress(SyncEvent.Progress(requests: 0)),
        .waiting(reason: "rate limit", until: 1_795_000_000.2),
        .page(phase: "core", entity: "matters", stream: "all", pageRecords: 200, records: 400, expected: nil),
        .limit(perMinute: 50, budget: 45),
        .entityFinished(phase: "core", entity: "matters", stage: .transform, status: "complete", records: 5),
        .stageFinished(phase: "core", stage: .verify),
        .error(kind: "api", code: "blocked", message: "a \"page\"\nof a proxy"),
        .stopping(reason: .wait),
        .ended(exitCode: 6, status: "PAUSED", resumeAt: 1_795_000_000, message: "later"),
        .ended(exitCode: 0, status: nil, resumeAt: nil, message: nil),
    ]

    private struct Schema: Decodable {
        struct Event: Decodable {
            let properties: [String: Value]?
            let required: [String]?
        }
        struct Value: Decodable {}
        let defs: [String: Event]
        enum CodingKeys: String, CodingKey { case defs = "$defs" }
    }

    private static func schema() throws -> Schema {
        let path = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../../docs/events.schema.json")
        return try JSONDecoder().decode(Schema.self, from: Data(contentsOf: path.standardized))
    }

    @Test(arguments: facts.indices) func everyEventHasTheKeysOfTheSchema(_ index: Int) throws {
        let fact = Self.facts[index]
        let json = SyncEvent(fact, connection: "smith", time: "2026-11-28T09:00:00Z").json
        #expect(!json.contains("\n"), "one line")
        let object = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
        let event = try #require(try Self.schema().defs[fact.name])
        #expect(Set(object.keys) == Set(event.required ?? []))
        #expect(object["v"] as? Int == SyncEvent.version)
        #expect(object["event"] as? String == fact.name)
        #expect(object["connection"] as? String == "smith")
    }

    @Test func everyEventOfTheSchemaExists() throws {
        let described = Set(try Self.schema().defs.keys).subtracting(["time"])
        #expect(described == Set(Self.facts.map(\.name)))
    }

    @Test func timesAreUTCAndNeverTooEarly() {
        let json = SyncEvent(.waiting(reason: "window", until: 1_795_000_000.2), connection: "smith").json
        #expect(json.contains(#""until":"2026-11-18T11:06:41Z""#), "\(json)")
    }

    @Test func aHeldLockIsLookedAtAgainInAMinute() {
        let event = SyncEvent.end(connection: "smith", exitCode: 5, report: nil, message: "locked")
        guard case .ended(5, nil, let at?, "locked") = event.fact else { return #expect(Bool(false), "\(event)") }
        #expect(at > Date().timeIntervalSince1970)
    }

    @Test func aRunThatContinuesLaterSaysWhen() {
        var report = RunReport()
        report.ending = .later(at: 1_795_000_000, "not before")
        #expect(report.exitCode == 6)
        #expect(report.json.contains(#""resume_at":"2026-11-18T11:06:40Z""#), "\(report.json)")
        let event = SyncEvent.end(connection: "smith", exitCode: 6, report: report, message: nil)
        #expect(event.json.hasSuffix(#""resume_at":"2026-11-18T11:06:40Z","message":"not before"}"#), "\(event.json)")
    }
}
