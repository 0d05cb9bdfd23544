import Foundation
import Load
import SQLite
import Staging
import Synchronization
import Testing

/// The tables `changes` and `refreshes`.
struct ChangeFeedTests {
    private static let changes = "SELECT table_name, id, change FROM changes ORDER BY seq"

    private func delete(_ ids: [String], _ fixture: Fixture) async throws {
        let writer = try await RawLayerWriter.open(
            fixture.folder.entity(phase: "core", name: "matters"), force: false)
        try await writer.delete(ids)
        try await writer.complete(expected: nil, status: .complete, message: nil)
    }

    @Test func aFirstLoadIsOneRowPerTableAndLaterOnesNameEveryRow() async throws {
        let fixture = try Fixture()
        try await LoadTests.stageCore(fixture)
        try await fixture.load("core")
        #expect(try fixture.rows(Self.changes) == ["matters|-|reloaded", "contacts|-|reloaded"])

        // Known ids, a run of new ones, one rejected that was accepted before.
        try await fixture.stage(
            "core", "matters",
            [
                [
                    .row(2, LoadTests.late, "\"client_id\":11,\"rate\":null,\"open\":null"),
                    .rejected("3", LoadTests.late),
                    .row(21, LoadTests.late, "\"client_id\":null,\"rate\":null,\"open\":null"),
                    .row(22, LoadTests.late, "\"client_id\":null,\"rate\":null,\"open\":null"),
                    .row(23, LoadTests.late, "\"client_id\":null,\"rate\":null,\"open\":null"),
                    .row(24, LoadTests.late, "\"client_id\":null,\"rate\":null,\"open\":null"),
                    .row(25, LoadTests.late, "\"client_id\":null,\"rate\":null,\"open\":null"),
                ]
            ])
        try await delete(["1", "3", "999"], fixture)
        let report = try await fixture.load("core").first { $0.entity == "matters" }
        #expect(report?.deleted == 1)
        let second = try fixture.rows(Self.changes).dropFirst(2)
        #expect(
            Set(second) == [
                "matters|2|updated", "matters|3|deleted", "matters|21|inserted", "matters|22|inserted",
                "matters|23|inserted", "matters|24|inserted", "matters|25|inserted", "matters|1|deleted",
            ])
        #expect(second.count == 8)
        #expect(try fixture.rows("SELECT id, inserted, updated, deleted FROM refreshes") == ["1|0|0|0", "2|5|1|2"])
        #expect(try fixture.rows("SELECT DISTINCT refresh_id FROM changes ORDER BY 1") == ["1", "2"])

        try await fixture.load("core")
        #expect(try fixture.rows("SELECT count(*) FROM changes") == ["10"])
        #expect(try fixture.rows("SELECT count(*) FROM refreshes") == ["2"])
    }

    /// What a reader sees: rows, child rows, the feed and as of when it is.
    private func view(_ connection: SQLiteConnection) throws -> [String] {
        let queries = [
            "SELECT group_concat(t) FROM (SELECT id || ' ' || coalesce(updated_at, '-') AS t FROM matters ORDER BY id)",
            "SELECT '' || count(*) FROM matter_parties", "SELECT '' || count(*) FROM changes",
            "SELECT '' || count(*) FROM refreshes",
            "SELECT status || ' ' || records || ' ' || as_of FROM _cliosync_entities WHERE entity = 'matters'",
        ]
        return try queries.map { query in try connection.value(query)?.string ?? "-" }
    }

    @Test func readersSeeAllOfAnUpdateOrNothingOfIt() async throws {
        let fixture = try Fixture()
        try await LoadTests.stageCore(fixture)
        try await fixture.load("core")
        do {
            // The moments of two loads within a second would be the same.
            let connection = try SQLiteConnection(path: fixture.database, mode: .readWrite)
            try connection.execute("UPDATE _cliosync_entities SET as_of = '2026-01-01T00:00:00Z'")
        }
        let held = try fixture.open()
        try held.execute("BEGIN")
        let old = try view(held)
        #expect(old[0].hasPrefix("1 ") && old[1] == "2")

        let empty = "\"client_id\":null,\"rate\":null,\"open\":null"
        try await fixture.stage(
            "core", "matters", [[.row(2, LoadTests.late, empty)], [.row(21, LoadTests.late, empty)]])
        try await delete(["1"], fixture)

        // Stopped after the first part: nothing of it is there.
        let stop = StopSignal()
        let stopped = try await fixture.load("core", stop: stop) { event in
            if case .loaded = event { stop.request() }
        }
        #expect(stopped.first?.status == .stopped && stopped.first?.partsLoaded == 0)
        #expect(try view(fixture.open()) == old)

        let seen = Mutex<[[String]]>([])
        let reports = try await fixture.load("core") { event in
            guard case .loaded = event else { return }
            let now = try? view(fixture.open())
            seen.withLock { $0.append(now ?? []) }
        }
        #expect(reports.first?.status == .complete && reports.first?.partsLoaded == 2)
        #expect(seen.withLock { $0 } == [old, old])
        #expect(try view(held) == old)
        let new = try view(fixture.open())
        #expect(new[0] == "2 \(LoadTests.late),3 -,21 \(LoadTests.late)" && new[1] == "0")
        #expect(new[4].hasPrefix("complete 3 ") && new[4] != old[4] && new[2] == "5" && new[3] == "2")
        #expect(try fixture.rows("PRAGMA integrity_check") == ["ok"])
    }

    @Test func aTableThatIsBuiltAnewIsToBeReadAsAWhole() async throws {
        let fixture = try Fixture()
        try await LoadTests.stageCore(fixture)
        try await fixture.load("core")
        try await fixture.load("core", force: true)
        #expect(try fixture.rows(Self.changes).suffix(2) == ["matters|-|reloaded", "contacts|-|reloaded"])
        #expect(try fixture.rows("SELECT count(*) FROM changes") == ["4"])
    }

    @Test func whatIsOlderThanTheSettingSaysIsForgottenAndNumbersGrow() async throws {
        let fixture = try Fixture()
        try await LoadTests.stageCore(fixture)
        try await fixture.load("core")
        do {
            let connection = try SQLiteConnection(path: fixture.database, mode: .readWrite)
            try connection.execute("UPDATE refreshes SET at = '2020-01-01T00:00:00Z'")
        }
        try await delete(["1"], fixture)
        try await fixture.load("core")
        #expect(try fixture.rows("SELECT seq, refresh_id, id, change FROM changes") == ["3|2|1|deleted"])
        #expect(try fixture.rows("SELECT id FROM refreshes") == ["2"])
    }

    @Test func aTableOfTheSameNameThatSomebodyElseMadeIsNotTouched() async throws {
        let fixture = try Fixture()
        try await LoadTests.stageCore(fixture)
        try await fixture.load("core")
        do {
            let connection = try SQLiteConnection(path: fixture.database, mode: .readWrite)
            try connection.execute(
                "DROP TABLE changes; CREATE TABLE changes(mine); DELETE FROM _cliosync_meta WHERE key LIKE 'changes%'")
        }
        await #expect {
            try await fixture.load("core")
        } throws: { error in
            "\(error)".contains("has a table or view changes that cliosync did not make")
        }
        #expect(try fixture.rows("SELECT count(*) FROM pragma_table_info('changes')") == ["1"])
    }
}
