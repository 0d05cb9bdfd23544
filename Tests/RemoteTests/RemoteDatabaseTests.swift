import Bytes
import Foundation
import Staging
import StoreDouble
import Testing

@testable import Remote

/// The database in the store, for the next machine and for everyone.
@Suite(.timeLimit(.minutes(5))) struct RemoteDatabaseTests {
    private static let start: Int64 = 1_795_896_000

    private func begin(_ fleet: Fleet, _ machine: String, at time: Int64 = start) async throws -> RemoteDatabase {
        let remote = try fleet.remote(machine, at: time)
        let lease = try await Lease.take(.database, of: remote, life: 90)
        let database = RemoteDatabase(remote, lease)
        try await database.begin(path(fleet, machine))
        return database
    }

    private func path(_ fleet: Fleet, _ machine: String) -> String { "\(fleet.root)/\(machine).sqlite" }

    private func write(_ fleet: Fleet, _ machine: String, _ bytes: [UInt8]) throws {
        try Files.createFolder(fleet.root)
        try Files.write(bytes, to: path(fleet, machine))
    }

    private func isLost(_ body: () async throws -> Void) async throws -> Bool {
        do {
            try await body()
        } catch let error as RemoteError where error.code == .lost {
            return true
        }
        return false
    }

    @Test func theNextMachineGetsWhatTheLastOneLoaded() async throws {
        let fleet = try await Fleet()
        let first = try await begin(fleet, "one")
        #expect(await first.isPublishingDue)
        // More than one piece; the change is in the last one.
        var content = [UInt8](repeating: 7, count: (8 << 20) + 100)
        try write(fleet, "one", content)
        try await first.push(path(fleet, "one"))
        content[content.count - 1] = 8
        try write(fleet, "one", content)
        try await first.push(path(fleet, "one"))
        try await first.end()
        let puts = fleet.double.requests.filter { $0.method == "PUT" && $0.path.contains("/files/") }
        #expect(puts.count == 3)
        // The log of an older database must not be used with it.
        try Files.write([1], to: path(fleet, "two") + "-wal")
        _ = try await begin(fleet, "two", at: Self.start + 90)
        #expect(try Files.read(path(fleet, "two")) == content)
        #expect(try !Files.exists(path(fleet, "two") + "-wal"))
        // The first one was frozen meanwhile.
        #expect(try await isLost { try await first.push(path(fleet, "one")) })
    }

    @Test func aDatabaseThatTheStoreKnowsNothingOfIsNotReplaced() async throws {
        let fleet = try await Fleet()
        try write(fleet, "one", [1])
        let first = try await begin(fleet, "one")
        try await first.push(path(fleet, "one"))
        try await first.end()
        try write(fleet, "two", [2])
        await #expect(throws: RemoteError.self) { _ = try await begin(fleet, "two", at: Self.start + 90) }
        #expect(try Files.read(path(fleet, "two")) == [2])
    }

    @Test(arguments: [100, (16 << 20) + 1]) func whatIsPublishedComesWithItsDigest(_ size: Int) async throws {
        let fleet = try await Fleet()
        let remote = try fleet.remote("one")
        #expect(try await remote.fetchDatabase(to: path(fleet, "copy")) == nil)
        let content = (0..<size).map { UInt8(truncatingIfNeeded: $0) }
        try write(fleet, "one", content)
        let first = try await begin(fleet, "one")
        try await first.push(path(fleet, "one"))
        try await first.publish(path(fleet, "one"))
        #expect(await !first.isPublishingDue)
        let found = try #require(try await remote.fetchDatabase(to: path(fleet, "copy")))
        #expect(found.bytes == size)
        #expect(try Files.read(path(fleet, "copy")) == content)
        let line = try #require(fleet.double.objects["firms/databases/smith.sqlite.sha256"])
        #expect(String(decoding: line, as: UTF8.self) == "\(found.digest)  smith.sqlite\n")
        // Cut off between the two: nobody takes one for the other.
        fleet.double.set("firms/databases/smith.sqlite", [1])
        await #expect(throws: RemoteError.self) { _ = try await remote.fetchDatabase(to: path(fleet, "copy")) }
        #expect(try Files.read(path(fleet, "copy")) == content)
    }

    @Test func aFrozenMachinePublishesNothingOverANewerDatabase() async throws {
        let fleet = try await Fleet()
        try write(fleet, "one", [1])
        let first = try await begin(fleet, "one")
        try await first.push(path(fleet, "one"))
        let second = try await begin(fleet, "two", at: Self.start + 90)
        try write(fleet, "two", [2])
        try await second.push(path(fleet, "two"))
        try await second.publish(path(fleet, "two"))
        let before = fleet.double.objects
        #expect(try await isLost { try await first.publish(path(fleet, "one")) })
        #expect(fleet.double.objects == before)
    }
}
