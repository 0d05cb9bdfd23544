import Bytes
import Foundation
import Staging
import StoreDouble
import Testing

@testable import Remote

/// What the holder of a lease stores while files grow.
@Suite(.timeLimit(.minutes(5))) struct ScopeUploadTests {
    private static let scope = RemoteScope.raw(phase: "core")
    private static let start: Int64 = 1_795_896_000
    private static let part = "core/raw/matters/00001.ndjson.gz"
    private static let manifest = "core/raw/matters/manifest.ndjson"

    private func begin(_ fleet: Fleet, _ machine: String, at time: Int64 = start) async throws -> ScopeUpload {
        let remote = try fleet.remote(machine, at: time)
        let upload = ScopeUpload(remote, try await Lease.take(Self.scope, of: remote, life: 90))
        try await upload.begin()
        return upload
    }

    private func isLost(_ body: () async throws -> Void) async throws -> Bool {
        do {
            try await body()
        } catch let error as RemoteError where error.code == .lost {
            return true
        }
        return false
    }

    @Test func aFileThatGrowsIsSentOnce() async throws {
        let fleet = try await Fleet()
        let upload = try await begin(fleet, "one")
        var text = ""
        for page in 1...20 {
            text += "page \(page)\n"
            try fleet.write("one", [Self.part: text, Self.manifest: text.uppercased()])
            #expect(try await !upload.push().isNone)
        }
        #expect(try await upload.push().isNone)
        // Each object is written once, and only the seventeenth push sends them as a whole.
        let puts = fleet.double.requests.filter { $0.method == "PUT" && $0.path.contains("/files/") }
        #expect(puts.count == 40)
        #expect(Set(puts.map(\.path)).count == 40)
        let sizes = fleet.double.objects.filter { $0.key.contains("00001.ndjson.gz") }.map(\.value.count).sorted()
        #expect(sizes.suffix(2) == [8, 127])

        try await begin(fleet, "two", at: Self.start + 90).end()
        #expect(try fleet.contents("two") == [Self.part: text, Self.manifest: text.uppercased()])
    }

    @Test func theLastPushMakesFilesWhole() async throws {
        let fleet = try await Fleet()
        let upload = try await begin(fleet, "one")
        for text in ["a\n", "a\nb\n"] {
            try fleet.write("one", [Self.part: text])
            _ = try await upload.push()
        }
        let index = try #require(try await fleet.remote("one").index(Self.scope)?.index)
        #expect(index.entries.map(\.pieces.count) == [2])
        #expect(String(decoding: index.text, as: UTF8.self).hasPrefix("{\"format\":2,"))
        #expect(try await fleet.remote("one").check(Self.scope).findings.isEmpty)
        _ = try await upload.push(isLast: true)
        let whole = try #require(try await fleet.remote("one").index(Self.scope)?.index)
        #expect(whole.entries.map(\.pieces.count) == [0])
        #expect(whole.entries == index.entries)
        #expect(String(decoding: whole.text, as: UTF8.self).hasPrefix("{\"format\":1,"))
    }

    /// A file whose end was cut off and written again did not grow.
    @Test func aFileThatWasChangedIsSentAsAWhole() async throws {
        let fleet = try await Fleet()
        let upload = try await begin(fleet, "one")
        for text in ["a\nb", "a\nc\nd\n"] {
            try fleet.write("one", [Self.part: text])
            _ = try await upload.push()
        }
        let index = try #require(try await fleet.remote("two").index(Self.scope)?.index)
        #expect(index.entries.map(\.pieces.count) == [0])
        _ = try await fleet.remote("two").pull(Self.scope)
        #expect(try fleet.contents("two") == [Self.part: "a\nc\nd\n"])
    }

    @Test func aFrozenMachineOverwritesNothing() async throws {
        let fleet = try await Fleet()
        let first = try await begin(fleet, "one")
        try fleet.write("one", [Self.part: "page 1\n"])
        _ = try await first.push()
        try fleet.write("one", [Self.part: "page 1\npage 2 of one\n"])
        // Its time is over; the other one has stored nothing yet.
        let second = try await begin(fleet, "two", at: Self.start + 90)
        #expect(try fleet.contents("two") == [Self.part: "page 1\n"])
        let key = "firms/smith/index/core/raw"
        let before = fleet.double.objects[key]
        #expect(try await isLost { _ = try await first.push() })
        #expect(try await isLost { _ = try await first.push(isLast: true) })
        #expect(fleet.double.objects[key] == before)
        try fleet.write("two", [Self.part: "page 1\npage 2 of two\n"])
        _ = try await second.push(isLast: true)
        try await second.end()
        // What it was about to store is out of date; its next work begins with what the other one stored.
        let third = try await begin(fleet, "one", at: Self.start + 300)
        #expect(try fleet.contents("one") == [Self.part: "page 1\npage 2 of two\n"])
        #expect(try await third.push().isNone)
    }

    @Test func whatAnEarlierHolderStoresBeforeTheFenceCounts() async throws {
        let fleet = try await Fleet()
        let first = try await begin(fleet, "one")
        try fleet.write("one", [Self.part: "page 1\n"])
        let lease = try await Lease.take(Self.scope, of: fleet.remote("two", at: Self.start + 90), life: 90)
        _ = try await first.push()
        let second = ScopeUpload(try fleet.remote("two"), lease)
        try await second.begin()
        #expect(try fleet.contents("two") == [Self.part: "page 1\n"])
    }

    /// Imports and decisions by hand are no work that was interrupted.
    @Test func changesByHandAreNotDiscarded() async throws {
        let fleet = try await Fleet()
        let first = try await begin(fleet, "one")
        try fleet.write("one", [Self.part: "page 1\n"])
        _ = try await first.push(isLast: true)
        try await first.end()
        let second = try await begin(fleet, "two", at: Self.start + 90)
        try fleet.write("two", [Self.part: "page 1\npage 2\n"])
        _ = try await second.push()
        try fleet.write("one", [Self.part: "imported\n"])
        await #expect(throws: RemoteError.self) { _ = try await begin(fleet, "one", at: Self.start + 300) }
        #expect(try fleet.contents("one") == [Self.part: "imported\n"])
    }

    @Test func whatWasDeletedHereIsNotDeletedThere() async throws {
        let fleet = try await Fleet()
        let first = try await begin(fleet, "one")
        try fleet.write("one", [Self.part: "page 1\n"])
        _ = try await first.push(isLast: true)
        try await first.end()
        try FileManager.default.removeItem(atPath: fleet.folder("one").path + "/core")
        let again = try await begin(fleet, "one")
        #expect(try fleet.contents("one") == [Self.part: "page 1\n"])
        #expect(try await again.push(isLast: true).isNone)
    }

    @Test func forgettingAFirmLeavesTheOthers() async throws {
        let fleet = try await Fleet()
        let upload = try await begin(fleet, "one")
        try fleet.write("one", [Self.part: "page 1\n"])
        _ = try await upload.push()
        let remote = try fleet.remote("one")
        try await remote.updateStatus { _ in Array("{}".utf8) }
        for key in ["databases/smith.sqlite", "databases/smith.sqlite.sha256"] {
            fleet.double.set("firms/" + key, [1])
        }
        let others = ["databases/smith2.sqlite", "status/smith2.json", "smith2/index/firm", "status/index/firm"]
        for key in others { fleet.double.set("firms/" + key, [1]) }
        #expect(try await remote.removeAll() == 6)
        #expect(Set(fleet.double.objects.keys) == Set(others.map { "firms/" + $0 }))
        #expect(try await remote.removeAll() == 0)
    }
}
