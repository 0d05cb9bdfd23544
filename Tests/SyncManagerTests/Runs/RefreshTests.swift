import ClioSimulator
import Extract
import Foundation
import Jobs
import SQLite
import StagedFirm
import Staging
import SyncManager
import TestSupport
import Testing

/// A finished database that is brought up to date.
@Suite struct RefreshTests {
    private static func large(_ options: inout SimulatorOptions) {
        options.shape = FirmShape(
            matters: 30, contacts: 6_000, calendarEntries: 0, tasks: 0, documents: 0, activities: 0, users: 3,
            practiceAreas: 2)
        options.defects = 0
    }

    private func refresh(
        _ clio: SimulatedClio, _ way: DeletionMode = .counts, acceptsRemovals: Bool = false
    ) async throws -> (report: RunReport, requests: Int) {
        let before = clio.simulator.requestCount
        let manager = try clio.manager()
        let job = try manager.createInitialSync(connection: clio.firm.connection)
        let report = try await manager.executeSync(
            job.id, options: ExtractOptions(update: way, acceptsRemovals: acceptsRemovals))
        return (report, clio.simulator.requestCount - before)
    }

    private func ids(_ clio: SimulatedClio, _ table: String) throws -> Set<Int> {
        let connection = try SQLiteConnection(path: clio.firm.database, mode: .readOnly)
        return Set(try connection.rows("SELECT id FROM \(table)").compactMap { $0[0].int })
    }

    @Test func changesAndDeletionsArriveWithFewRequestsAndEveryRunIsRemembered() async throws {
        try await SimulatedClio.use(Self.large) { clio in
            _ = try await clio.run()
            let whole = try ids(clio, "contacts")
            #expect(whole.count == 6_000)

            // Nothing changed: two counts, the changes and the closing count of each list, and whose token it is.
            let calm = try await refresh(clio)
            #expect(calm.report.exitCode == 0 && calm.requests <= 4 * 4 + 1, "\(calm.requests)")

            var order = ChangeOrder()
            (order.add, order.edit, order.delete, order.seed) = (3, 5, 2, TestSeed.value)
            let changed = clio.simulator.change("contacts", order)
            let busy = try await refresh(clio)
            #expect(busy.report.exitCode == 0 && busy.report.verify?.ok == true)
            #expect(try ids(clio, "contacts") == whole.union(changed.added).subtracting(changed.deleted))
            // All ids alone are 30 pages.
            #expect(busy.requests < 30 + 10, "\(busy.requests)")
            let database = try SQLiteConnection(path: clio.firm.database, mode: .readOnly)
            let deleted = try database.rows("SELECT id FROM changes WHERE change = 'deleted'").compactMap { $0[0].int }
            #expect(Set(deleted) == Set(changed.deleted))

            let store = try JobStore(path: "\(clio.firm.staging)/\(clio.firm.connection)/job.sqlite")
            let runs = try store.runs()
            #expect(runs.map(\.kind) == [.run, .refresh, .refresh])
            #expect(runs.allSatisfy { $0.result == "COMPLETED" && $0.error == nil && $0.user?.isEmpty == false })
            #expect(runs[0].counts?.inserted == 6_035)
            #expect(runs[2].counts?.inserted == 3 && runs[2].counts?.deleted == 2)
            #expect(runs[2].counts?.requests == busy.requests)
        }
    }

    /// A list that is gone as a whole stays, with its child rows, until a person says that it may go.
    @Test(arguments: [DeletionMode.counts, .sweep])
    func aListThatIsGoneStaysWithItsChildRows(_ way: DeletionMode) async throws {
        try await SimulatedClio.use { options in
            options.shape = FirmShape(
                matters: 12, contacts: 30, calendarEntries: 0, tasks: 0, documents: 0, activities: 0, users: 3,
                practiceAreas: 2)
            options.defects = 0
        } _: { clio in
            _ = try await clio.run()
            func count(_ sql: String) throws -> Int {
                try SQLiteConnection(path: clio.firm.database, mode: .readOnly).rows(sql).first?[0].int ?? -1
            }
            let children = try count("SELECT count(*) FROM contact_phones")
            #expect(children > 0)
            var order = ChangeOrder()
            order.delete = 30
            #expect(clio.simulator.change("contacts", order).deleted.count == 30)
            let stopped = try await refresh(clio, way).report
            #expect(stopped.exitCode == 4, "\(stopped.exitCode)")
            #expect(try count("SELECT count(*) FROM contacts") == 30)
            #expect(try count("SELECT count(*) FROM contact_phones") == children)
            let accepted = try await refresh(clio, way, acceptsRemovals: true).report
            #expect(accepted.exitCode == 0, "\(accepted.exitCode)")
            #expect(try count("SELECT count(*) FROM contacts") == 0)
            #expect(try count("SELECT count(*) FROM contact_phones") == 0)
        }
    }

    @Test func restoredRecordsAndManyDeletionsAreFoundByTheIDs() async throws {
        try await SimulatedClio.use(Self.large) { clio in
            _ = try await clio.run()
            let whole = try ids(clio, "contacts")
            var order = ChangeOrder()
            order.delete = 6
            let gone = clio.simulator.change("contacts", order).deleted
            #expect(try await refresh(clio, .off).report.exitCode == 0)
            #expect(try ids(clio, "contacts") == whole)
            #expect(try await refresh(clio).report.exitCode == 0)
            #expect(try ids(clio, "contacts") == whole.subtracting(gone))

            (order.delete, order.restore) = (0, 4)
            let back = clio.simulator.change("contacts", order).restored
            #expect(back.count == 4)
            #expect(try await refresh(clio).report.exitCode == 0)
            #expect(try ids(clio, "contacts") == whole.subtracting(gone).union(back))

            (order.delete, order.restore) = (600, 0)
            let many = clio.simulator.change("contacts", order).deleted
            let stopped = try await refresh(clio).report
            #expect(stopped.exitCode == 4 || stopped.exitCode == 3)
            #expect(try ids(clio, "contacts").isSuperset(of: many))
            #expect(try await refresh(clio, acceptsRemovals: true).report.exitCode == 0)
            #expect(try ids(clio, "contacts").isDisjoint(with: many))
        }
    }

    @Test func aPreviewCountsAndWritesNothing() async throws {
        try await SimulatedClio.use(Self.large) { clio in
            _ = try await clio.run()
            func files() throws -> [String: Data] {
                // Closing the job record may only move its write-ahead log into the file.
                let names = try FileManager.default.subpathsOfDirectory(atPath: clio.firm.staging)
                return Dictionary(
                    uniqueKeysWithValues: names.filter { !$0.contains("job.sqlite") }.map {
                        ($0, FileManager.default.contents(atPath: "\(clio.firm.staging)/\($0)") ?? Data())
                    })
            }
            func runs() throws -> [JobRun] {
                try JobStore(path: "\(clio.firm.staging)/\(clio.firm.connection)/job.sqlite").runs()
            }
            let history = try runs()
            let before = try files()
            func preview() async throws -> RefreshPreview {
                let asked = clio.simulator.requestCount
                let preview = try await clio.manager().previewRefresh(deletions: .counts)
                // Three counts a list, and whose token it is.
                #expect(clio.simulator.requestCount - asked == preview.requestsMade)
                #expect(preview.requestsMade == 4 * 3 + 1)
                #expect(try files() == before)
                #expect(try runs() == history)
                return preview
            }
            let calm = try await preview()
            #expect(calm.lists.allSatisfy { $0.netDeleted == 0 && $0.work == "counts" && $0.held == $0.inClio })
            let contacts = try #require(calm.lists.first { $0.entity == "contacts" })
            #expect(contacts.held == 6_000)

            var order = ChangeOrder()
            (order.add, order.edit, order.delete, order.seed) = (3, 5, 2, TestSeed.value)
            _ = clio.simulator.change("contacts", order)
            let busy = try await preview()
            let changed = try #require(busy.lists.first { $0.entity == "contacts" })
            #expect(changed.fetched == (contacts.fetched ?? 0) + 8 && changed.netDeleted == 2)
            #expect(changed.inClio == 6_001 && changed.requests > contacts.requests)
            let done = try await refresh(clio)
            #expect(done.report.exitCode == 0)
            #expect(abs(done.requests - busy.requests) <= 6, "\(busy.requests) announced, \(done.requests) made")
        }
    }

    /// The lists of both phases, of which contacts have a column for the etag.
    private static let withEtags = [
        SmallPipelines.core.replacing(
            "name: {type: text, required: true}", with: "name: {type: text, required: true}\n        etag: text"),
        SmallPipelines.supporting,
    ]

    /// The etag of each record of a table.
    private func etags(_ clio: SimulatedClio, _ table: String) throws -> [Int: String] {
        let connection = try SQLiteConnection(path: clio.firm.database, mode: .readOnly)
        let rows = try connection.rows("SELECT id, etag FROM \(table)")
        return Dictionary(uniqueKeysWithValues: rows.compactMap { row in row[0].int.map { ($0, "\(row[1])") } })
    }

    @Test func editsThatLeaveUpdatedAtAreFoundByEtags() async throws {
        try await SimulatedClio.use(pipelines: Self.withEtags, Self.large) { clio in
            _ = try await clio.run()
            let before = try etags(clio, "contacts")
            var order = ChangeOrder()
            (order.quiet, order.delete, order.seed) = (4, 2, TestSeed.value)
            let changed = clio.simulator.change("contacts", order)
            #expect(changed.quiet.count == 4)
            #expect(try await refresh(clio).report.exitCode == 0)
            let plain = try etags(clio, "contacts")
            #expect(plain == before.filter { !changed.deleted.contains($0.key) })

            let deep = try await refresh(clio, .deep)
            #expect(deep.report.exitCode == 0 && deep.report.verify?.ok == true)
            let after = try etags(clio, "contacts")
            #expect(Set(after.filter { plain[$0.key] != $0.value }.keys) == Set(changed.quiet))
            // All ids are 30 pages or a few more, since partitions overlap; the other lists have one.
            #expect(deep.requests <= 40 + 4 * 4, "\(deep.requests)")
            let store = try JobStore(path: "\(clio.firm.staging)/\(clio.firm.connection)/job.sqlite")
            #expect(try store.runs().last?.counts?.updated == 4)
        }
    }

    @Test func aListWhoseFiltersAreIgnoredIsReadWhole() async throws {
        try await SimulatedClio.use(pipelines: Self.withEtags, Self.large) { clio in
            _ = try await clio.run()
            let before = try etags(clio, "contacts")
            var order = ChangeOrder()
            (order.add, order.edit, order.delete, order.seed) = (2, 3, 1, TestSeed.value)
            let changed = clio.simulator.change("contacts", order)
            clio.simulator.setFaults([Fault(.ignorefilter, .rate(1))])
            let whole = try await refresh(clio)
            #expect(whole.report.exitCode == 0 && whole.report.verify?.ok == true, "\(whole.report)")
            let after = try etags(clio, "contacts")
            #expect(
                Set(after.keys) == Set(before.keys).union(changed.added).subtracting(changed.deleted))
            for id in changed.edited { #expect(after[id] != before[id]) }
            #expect(
                whole.report.entities.first { $0.entity == "contacts" }?.notes.contains { $0.contains("updated_since") }
                    == true)
        }
    }

    private func compact(_ clio: SimulatedClio) async throws -> [StagedCompaction.Outcome] {
        try await StagedCompaction(
            catalog: clio.firm.catalog, staging: clio.firm.staging, connection: clio.firm.connection,
            database: clio.firm.database
        ).run(clio.firm.selection(), stop: StopSignal())
    }

    /// Rounds of change, refresh and compaction: after each, the tables hold what Clio has, and every deletion is found.
    @Test func compactedLayersAreRefreshed() async throws {
        try await SimulatedClio.use({ $0.defects = 0 }) { clio in
            _ = try await clio.run()
            var held = try ids(clio, "contacts")
            for round in 0..<4 {
                var order = ChangeOrder()
                (order.add, order.edit, order.delete, order.seed) = (2, 20, 2, TestSeed.value &+ UInt64(round))
                let changed = clio.simulator.change("contacts", order)
                held = held.union(changed.added).subtracting(changed.deleted)
                let refreshed = try await refresh(clio).report
                #expect(refreshed.exitCode == 0 && refreshed.verify?.ok == true, "round \(round)")
                #expect(try ids(clio, "contacts") == held, "round \(round)")
                let outcome = try #require(try await compact(clio).first { $0.entity == "contacts" })
                // The refresh compacts a list itself once a third of it is superseded.
                #expect(outcome.action != .waiting && outcome.recordsAfter == held.count, "\(outcome)")
                let files = try #require(try RawManifest.read(clio.firm.place("contacts")))
                #expect(files.records == held.count && files.parts.count == 1)
            }
            // What is staged makes the same tables.
            #expect(try await clio.firm.run(force: true).verify?.ok == true)
            #expect(try ids(clio, "contacts") == held)
        }
    }

    @Test func aRefreshCompactsWhatHasGrown() async throws {
        try await SimulatedClio.use({ $0.defects = 0 }) { clio in
            _ = try await clio.run()
            var lines: [Int] = []
            for round in 0..<6 {
                var order = ChangeOrder()
                (order.edit, order.seed) = (10, TestSeed.value &+ UInt64(round))
                _ = clio.simulator.change("contacts", order)
                #expect(try await refresh(clio).report.exitCode == 0)
                lines.append(try #require(try RawManifest.read(clio.firm.place("contacts"))).records)
            }
            // 40 contacts: with 20 superseded versions, a third of all lines is.
            #expect(lines == [50, 40, 50, 40, 50, 40], "\(lines)")
        }
    }
}
