import Bytes
import Foundation
import Inspection
import StagedFirm
import Staging
import SyncManager
import Testing

/// What a compaction takes out of the files, and that nothing else changes.
@Suite struct StagedCompactionTests {
    /// Contacts in two versions, one of them deleted, one without an id, and a matter that is flagged in both versions.
    private func refreshed(deleting: [String] = ["3"]) async throws -> StagedFirm {
        let firm = try StagedFirm()
        try await firm.stage(
            "contacts",
            [
                Line.contact(1, name: "old", phones: ["1"]), Line.contact(2), Line.contact(3),
                Line.contact(1, name: "new", updated: "2025-02-01T00:00:00Z", phones: ["2", "3"]),
                #"{"name":"nobody","updated_at":"2025-01-01T00:00:00Z"}"#, Line.contact(4),
            ])
        try await firm.stage(
            "matters",
            [
                Line.matter(7, status: "odd"), Line.matter(8, number: nil), Line.matter(9),
                Line.matter(8, number: nil, client: 2, updated: "2025-03-01T00:00:00Z"),
                Line.matter(7, status: "odder", updated: "2025-03-01T00:00:00Z"),
            ])
        let writer = try await RawLayerWriter.open(firm.place("contacts"), force: false)
        try await writer.delete(deleting, areHidden: true)
        #expect(try await firm.run(phases: ["core"]).verify?.ok == true)
        return firm
    }

    private func compaction(_ firm: StagedFirm) throws -> StagedCompaction {
        try StagedCompaction(
            catalog: firm.catalog, staging: firm.staging, connection: firm.connection, database: firm.database)
    }

    private func lines(
        _ firm: StagedFirm, _ entity: String, _ layer: StagedLayers.Layer = .raw, current: Bool = false
    ) throws -> [String] {
        var lines: [String] = []
        let layers = try StagedLayers(
            staging: firm.staging, connection: firm.connection, selection: firm.selection(entities: [entity]))
        try layers.forEachLine(layer, LineSelection(isCurrentOnly: current)) { _, line in
            lines.append(String(decoding: line, as: UTF8.self))
            return true
        }
        return lines
    }

    @Test func newestVersionsStayAndNothingIsLoadedAgain() async throws {
        let firm = try await refreshed()
        let before = try lines(firm, "contacts")
        let outcomes = try await compaction(firm).run(firm.selection(phases: ["core"]), stop: StopSignal())
        #expect(outcomes.map(\.action) == [.compacted, .compacted])
        // Without the old version of 1 and the deleted 3; the one without an id stays.
        #expect(try lines(firm, "contacts") == [before[1], before[3], before[4], before[5]])
        #expect(try lines(firm, "contacts", .clean).count == 3)
        #expect(try lines(firm, "matters").count == 3)
        let report = try await firm.run(phases: ["core"])
        #expect(report.verify?.ok == true)
        #expect(report.verify?.checks.filter { !$0.ok }.isEmpty == true)
        #expect(try firm.layers.check() == [])
    }

    @Test func aSecondCompactionFindsNothing() async throws {
        let firm = try await refreshed()
        _ = try await compaction(firm).run(firm.selection(phases: ["core"]), stop: StopSignal())
        let outcomes = try await compaction(firm).run(firm.selection(phases: ["core"]), stop: StopSignal())
        #expect(outcomes.map(\.action) == [.unchanged, .unchanged])
    }

    @Test func numbersStreamsAndDeletionsAreKept() async throws {
        let firm = try await refreshed()
        let place = try firm.place("contacts")
        let before = try #require(try RawManifest.read(place))
        _ = try await compaction(firm).run(firm.selection(phases: ["core"]), stop: StopSignal())
        let after = try #require(try RawManifest.read(place))
        #expect(after.header.generation == before.header.generation + 1)
        #expect(after.deletions == before.deletions && after.deletions.allSatisfy(\.areHidden))
        #expect(after.streams.keys == before.streams.keys)
        // A pass that begins later must count as later: the next refresh asks from the latest one on.
        #expect(after.streams.values.allSatisfy { $0.place < after.streams.count })
        #expect(after.completion?.at == before.completion?.at)
        let first = before.pages[0].sequence
        #expect(after.pages.flatMap(\.spans).map { [$0.sequence - first, Int64($0.records)] } == [[1, 1], [3, 3]])
    }

    @Test func aPlanWritesNothing() async throws {
        let firm = try await refreshed()
        let before = try firm.contents()
        let planned = try compaction(firm).plan(firm.selection(phases: ["core"]))
        #expect(planned.map(\.recordsAfter) == [4, 3])
        #expect(try firm.contents() == before)
    }

    @Test func whatIsNotLoadedWaits() async throws {
        let firm = try await refreshed()
        try await firm.stage("contacts", [Line.contact(1), Line.contact(1, name: "x")], force: true)
        let outcomes = try await compaction(firm).run(firm.selection(entities: ["contacts"]), stop: StopSignal())
        #expect(outcomes.map(\.action) == [.waiting])
    }

    @Test(arguments: StagedLayers.Layer.allCases) func currentLinesAreThoseThatACompactionLeaves(
        _ layer: StagedLayers.Layer
    ) async throws {
        let firm = try await refreshed()
        // Flagged records name their part and line, which a compaction changes.
        let shown = { (line: String) in line.replacing(/"(part|file|line)":("[^"]*"|[0-9]+)/, with: "") }
        var current: [String: [String]] = [:]
        for entity in ["contacts", "matters"] {
            let all = try lines(firm, entity, layer)
            current[entity] = try lines(firm, entity, layer, current: true).map(shown)
            if layer == .raw { #expect(current[entity]!.count < all.count) }
        }
        _ = try await compaction(firm).run(firm.selection(phases: ["core"]), stop: StopSignal())
        for (entity, lines) in current { #expect(try self.lines(firm, entity, layer).map(shown) == lines) }
    }

    /// What a list holds before a compaction, each array a page; nil: contact 3 is deleted.
    private static let histories: [[[String]?]] = [
        // Deleted.
        [[Line.contact(3)], nil],
        // Deleted, and an older version came after that.
        [[Line.contact(3, updated: "2025-02-01T00:00:00Z")], nil, [Line.contact(3)]],
        // Accepted, then rejected.
        [[Line.contact(3)], [#"{"id":3,"updated_at":"2025-02-01T00:00:00Z"}"#]],
        // Accepted twice.
        [[Line.contact(3)], [Line.contact(3, name: "new", updated: "2025-02-01T00:00:00Z")]],
    ]

    @Test(arguments: histories.indices) func aRecordThatComesAfterACompactionIsCountedAsItsLinesSay(
        _ index: Int
    ) async throws {
        let firm = try StagedFirm()
        let again = [Line.contact(3, name: "again", updated: "2025-03-01T00:00:00Z")]
        try await firm.stage("contacts", [Line.contact(1), Line.contact(2)])
        try await firm.stage("matters", [Line.matter(9)])
        for pages in [Self.histories[index], [again], [again]] {
            for page in pages { try await add(page, to: firm) }
            let report = try await firm.run(phases: ["core"])
            #expect(report.verify?.checks.filter { !$0.ok }.map(\.check) == [])
            _ = try await compaction(firm).run(firm.selection(phases: ["core"]), stop: StopSignal())
        }
    }

    private func add(_ page: [String]?, to firm: StagedFirm) async throws {
        let writer = try await RawLayerWriter.open(firm.place("contacts"), force: false)
        guard let page else { return try await writer.delete(["3"]) }
        let key = StreamKey(.ids(first: "3", last: "3")).free { writer.manifest.streams[$0] != nil }
        try await writer.commit(
            RawPage(
                stream: key, lines: page.flatMap { Array("\($0)\n".utf8) }, records: page.count, request: "again",
                next: nil, reportedTotal: nil))
        try await writer.complete(expected: nil, status: .complete, message: nil)
    }

    @Test func currentLinesNeedACurrentCleanLayer() async throws {
        let firm = try await refreshed()
        try await firm.stage("contacts", [Line.contact(1)], force: true)
        let error = #expect(throws: ConfigurationError.self) { try lines(firm, "contacts", current: true) }
        #expect("\(try #require(error))".contains("cliosync transform --phase core --entity contacts"))
    }
}
