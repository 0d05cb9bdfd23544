import Foundation
import Pipelines
import StagedFirm
import Synchronization
import Testing

@testable import SyncManager

/// What a run means to OpenLineage.
@Suite struct LineageTests {
    private final class IDs: Sendable {
        let next = Mutex(0)
        func make() -> String {
            let number = next.withLock { number in
                number += 1
                return number
            }
            return "00000000-0000-4000-8000-" + String(String(1_000_000_000_000 + number).dropFirst())
        }
    }

    private func log() throws -> LineageLog {
        let ids = IDs()
        return LineageLog(
            namespace: "law", firm: "smith", version: "1.0", catalog: try ShippedPipelines.catalog(),
            datasets: LineageDatasets(
                clio: "https://app.clio.com", folder: "/s/staging/smith", database: "/s/smith.sqlite",
                producer: "cliosync://cliosync/1.0"), newID: { ids.make() })
    }

    private func names(_ datasets: [LineageEvent.Dataset]) -> [String] { datasets.map { "\($0.namespace) \($0.name)" } }

    @Test func aListGoesFromClioToRawToCleanToItsTable() throws {
        var log = try log()
        let begun = log.begin(now: 0)
        #expect(begun.map(\.eventType) == [.start] && begun[0].job.name == "smith.sync")
        var events: [LineageEvent] = []
        for stage in [Stage.extract, .transform, .load] {
            events += log.look([.init(phase: "core", entity: "matters", stage: stage, startedAt: 10)])
            // What is known to have begun does not begin again.
            #expect(log.look([.init(phase: "core", entity: "matters", stage: stage, startedAt: 10)]).isEmpty)
            events += log.finish(
                phase: "core", entity: "matters", stage: stage, .complete, records: 5, startedAt: 10, now: 20)
        }
        #expect(events.map(\.eventType) == [.start, .complete, .start, .complete, .start, .complete])
        #expect(events.map(\.job.name).suffix(1) == ["smith.core.matters.load"])
        #expect(names(events[1].inputs) == ["https://app.clio.com api/v4/matters"])
        #expect(names(events[1].outputs) == names(events[3].inputs))
        #expect(names(events[3].outputs).prefix(1) == names(events[5].inputs).prefix(1))
        #expect(names(events[3].outputs).last == "file /s/staging/smith/core/flagged/matters")
        #expect(names(events[5].outputs) == ["sqlite:///s/smith.sqlite matters"])
        #expect(events[5].outputs[0].outputFacets?.outputStatistics.content.rowCount == 5)
        for pair in [0, 2, 4] { #expect(events[pair].run.runId == events[pair + 1].run.runId) }
        for event in events { #expect(event.run.facets.parent?.content.run.runId == begun[0].run.runId) }
        let ended = log.end(.complete, now: 30)
        #expect(ended.map(\.eventType) == [.complete] && ended[0].run.runId == begun[0].run.runId)
    }

    @Test func aRunThatFailsEndsWhatWasAtWorkWithIt() throws {
        var log = try log()
        _ = log.begin(now: 0)
        _ = log.look([.init(phase: "core", entity: "matters", stage: .extract, startedAt: 1)])
        let events = log.end(.failed("the disk is full"), now: 2)
        #expect(events.map(\.eventType) == [.fail, .fail])
        #expect(events.allSatisfy { $0.run.facets.errorMessage?.content.message == "the disk is full" })
        #expect(log.end(.complete, now: 3).isEmpty)
    }

    @Test func aStopAbortsAndAListThatWasNotSeenBeginsWithItsEnd() throws {
        var log = try log()
        _ = log.begin(now: 0)
        let events = log.finish(
            phase: "core", entity: "matters", stage: .extract, .stopped, records: 5, startedAt: 10, now: 20)
        #expect(events.map(\.eventType) == [.start, .abort])
        #expect(events.map(\.eventTime) == ["1970-01-01T00:00:10Z", "1970-01-01T00:00:20Z"])
        #expect(
            log.finish(phase: "core", entity: "nothing", stage: .load, .complete, records: 0, startedAt: nil, now: 1)
                .isEmpty)
        #expect(log.end(.stopped, now: 30).map(\.eventType) == [.abort])
    }

    @Test func everyColumnLeadsBackToAFieldOfClio() throws {
        var log = try log()
        _ = log.begin(now: 0)
        let event = try #require(
            log.finish(phase: "core", entity: "matters", stage: .transform, .complete, records: 1, startedAt: 1, now: 2)
                .last)
        let lineage = try #require(event.outputs[0].facets.columnLineage?.content.fields)
        let columns = try #require(event.outputs[0].facets.schema?.content.fields.map(\.name))
        #expect(!columns.isEmpty && Set(columns) == Set(lineage.keys))
        #expect(lineage["client_id"]?.inputFields.first?.field == "client.id")
        let json = event.json
        #expect(
            !json.contains("\n")
                && json.contains(
                    "\"_schemaURL\":\"https://openlineage.io/spec/facets/1-2-0/SchemaDatasetFacet.json#/$defs/SchemaDatasetFacet\""
                ))
    }
}
