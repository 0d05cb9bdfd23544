import Foundation
import Load
import Pipelines
import SQLite
import Staging
import Tables
import Testing

/// Databases that are not what the load expects.
@Suite struct DatabaseTests {
    func failure(_ fixture: Fixture) async -> LoadError? {
        do {
            try await fixture.load("core")
            return nil
        } catch {
            return error as? LoadError
        }
    }

    @Test("a database of somebody else is refused untouched")
    func foreign() async throws {
        let fixture = try Fixture()
        try await LoadTests.stageCore(fixture)
        do {
            let other = try SQLiteConnection(path: fixture.database, mode: .create)
            try other.execute("CREATE TABLE contacts(a); INSERT INTO contacts VALUES(1)")
        }
        let before = try Data(contentsOf: URL(fileURLWithPath: fixture.database))
        let error = try #require(await failure(fixture))
        #expect(error.code == .foreign && error.description.contains("--database"))
        #expect(try Data(contentsOf: URL(fileURLWithPath: fixture.database)) == before)
    }

    @Test("a database of another connection is refused")
    func otherConnection() async throws {
        let fixture = try Fixture()
        try await LoadTests.stageCore(fixture)
        try await fixture.load("core")
        let other = try ConnectionFolder(staging: fixture.root + "/staging", connection: "other")
        try other.create()
        let catalog = Fixture.catalog()
        await #expect {
            try await Loader(catalog: catalog, folder: other, database: fixture.database).load(
                entities: catalog.entities, stop: StopSignal())
        } throws: { error in
            (error as? LoadError)?.code == .foreign
        }
    }

    @Test("a damaged database is a clear error")
    func corrupt() async throws {
        let fixture = try Fixture()
        try await LoadTests.stageCore(fixture)
        try Data(repeating: 0x41, count: 20_000).write(to: URL(fileURLWithPath: fixture.database))
        #expect(try #require(await failure(fixture)).code == .corrupt)
        let second = try Fixture()
        try await LoadTests.stageCore(second)
        try await second.load("core")
        try await second.stage("core", "contacts", [[.row(50, nil, "\"name\":\"x\"")]])
        var bytes = try Data(contentsOf: URL(fileURLWithPath: second.database))
        for page in stride(from: 16384, to: bytes.count, by: 16384) {
            bytes.replaceSubrange(page..<page + 100, with: Data(repeating: 0xEE, count: 100))
        }
        try bytes.write(to: URL(fileURLWithPath: second.database))
        let error = try #require(await failure(second))
        #expect(error.code == .corrupt && error.description.contains("move it away"))
    }

    @Test("a database that another program writes to is a clear error")
    func busy() async throws {
        let fixture = try Fixture()
        try await LoadTests.stageCore(fixture)
        try await fixture.load("core")
        let lock = try FileLock.exclusive(fixture.database + ".lock", holder: "a test")
        let error = try #require(await failure(fixture))
        #expect(error.code == .locked && error.description.contains("a test"))
        lock.release()
        #expect(await failure(fixture) == nil)
    }

    @Test("a folder that is not there is a clear error")
    func noFolder() async throws {
        let fixture = try Fixture()
        try await LoadTests.stageCore(fixture)
        try Data().write(to: URL(fileURLWithPath: fixture.root + "/file"))
        let catalog = Fixture.catalog()
        await #expect(throws: LoadError.self) {
            try await Loader(catalog: catalog, folder: fixture.folder, database: fixture.root + "/file/x.sqlite").load(
                entities: catalog.entities, stop: StopSignal())
        }
    }

    @Test("nothing staged is reported, not made up")
    func nothing() async throws {
        let fixture = try Fixture()
        #expect(try await fixture.load("core").map(\.status) == [.missing, .missing])
        #expect(try !fixture.open().tableNames().contains("contacts"))
    }
}
