import Bytes
import Foundation
import HTTP
import Staging
import StoreDouble
import Testing

@testable import Remote

/// Two machines, each with a folder of its own, and one store.
@Suite(.timeLimit(.minutes(5))) struct RemoteFolderTests {
    private static let raw = RemoteScope.raw(phase: "core")
    private static let clean = RemoteScope.clean(phase: "core")
    private static let first = [
        "core/raw/matters/00001.ndjson.gz": "part 1", "core/raw/matters/00002.ndjson.gz": "part 2",
        "core/raw/matters/manifest.ndjson": "pages 1 2\n",
    ]
    private static let second = [
        "core/raw/matters/00001.ndjson.gz": "other",
        "core/raw/matters/manifest.ndjson": "pages of another generation\n",
        "core/raw/contacts/00001.ndjson.gz": "part 1", "core/.next/raw/matters/00001.ndjson.gz": "next",
    ]

    private func failure(_ body: () async throws -> some Sendable) async throws -> RemoteError {
        do {
            _ = try await body()
        } catch let error as RemoteError {
            return error
        }
        Issue.record("no error")
        throw CancellationError()
    }

    @Test func anotherMachineReceivesWhatOneStored() async throws {
        let fleet = try await Fleet()
        try fleet.write("one", Self.first)
        let generation = "core/.generations/matters-0002"
        try fleet.write(
            "one",
            [
                "\(generation)/clean/matters/manifest.ndjson": "m\n", "decisions.ndjson": "{}\n",
                "core/.generations/matters-0003.building/x": "unfinished",
                "core/raw/matters/manifest.ndjson.tmp42": "torn",
            ])
        let one = try fleet.folder("one").path
        try Files.link("\(one)/core/.generations/matters", to: "matters-0002")
        try Files.createFolder("\(one)/core/clean")
        try Files.link("\(one)/core/clean/matters", to: "../.generations/matters/clean/matters")
        try fleet.folder("one").raiseSequence(to: 4711)
        let scopes = try fleet.remote("one").localScopes()
        #expect(scopes == [.firm, Self.raw, Self.clean])
        for scope in scopes { #expect(try await !fleet.remote("one").push(scope).isNone) }
        for scope in scopes { #expect(try await fleet.remote("one").push(scope).isNone) }
        #expect(try await Set(fleet.remote("two").storedScopes()) == Set(scopes))
        for scope in scopes { #expect(try await !fleet.remote("two").pull(scope).isNone) }
        var expected = try fleet.contents("one")
        expected["core/.generations/matters-0003.building/x"] = nil
        expected["core/raw/matters/manifest.ndjson.tmp42"] = nil
        #expect(try fleet.contents("two") == expected)
        #expect(try fleet.folder("two").freeSequence() == 4711)
        for scope in scopes { #expect(try await fleet.remote("two").pull(scope).isNone) }
        for scope in scopes { #expect(try await fleet.remote("two").check(scope).findings.isEmpty) }
        #expect(try await fleet.remote("two").list().map(\.host) == ["one", "one", "one"])
    }

    @Test func filesWithTheSameContentAreEachReceived() async throws {
        let fleet = try await Fleet()
        let files = Dictionary((10..<60).map { ("core/raw/x/000\($0).ndjson.gz", "same") }) { first, _ in first }
        try fleet.write("one", files)
        _ = try await fleet.remote("one").push(Self.raw)
        _ = try await fleet.remote("two").pull(Self.raw)
        #expect(try fleet.contents("two") == files)
    }

    @Test func aPushThatIsCutOffAnywhereLeavesTheStateBefore() async throws {
        var cuts = 0
        for accepted in 0... {
            let fleet = try await Fleet()
            try fleet.write("one", Self.first)
            _ = try await fleet.remote("one").push(Self.raw)
            let before = try fleet.contents("one")
            try FileManager.default.removeItem(atPath: fleet.folder("one").path + "/core")
            try fleet.write("one", Self.second)
            fleet.double.acceptWrites(accepted)
            let isCut = (try? await fleet.remote("one").push(Self.raw)) == nil
            _ = try await fleet.remote("two").pull(Self.raw)
            #expect(try fleet.contents("two") == (isCut ? before : Self.second))
            guard isCut else { break }
            cuts += 1
            // The same command completes it, and the other machine receives that.
            fleet.double.acceptWrites(.max)
            _ = try await fleet.remote("one").push(Self.raw)
            _ = try await fleet.remote("two").pull(Self.raw)
            #expect(try fleet.contents("two") == Self.second)
        }
        // Four files and the index.
        #expect(cuts == 5)
    }

    @Test func aMachineThatDoesNotKnowTheLastStateOverwritesNothing() async throws {
        let fleet = try await Fleet()
        try fleet.write("one", Self.first)
        _ = try await fleet.remote("one").push(Self.raw)
        _ = try await fleet.remote("two").pull(Self.raw)
        try fleet.write("two", ["core/raw/matters/00003.ndjson.gz": "of two"])
        _ = try await fleet.remote("two").push(Self.raw)
        // One was frozen meanwhile.
        try fleet.write("one", ["core/raw/matters/00003.ndjson.gz": "of one"])
        let refused = try await failure { try await fleet.remote("one").push(Self.raw) }
        #expect(refused.exitStatus == .locked)
        #expect(refused.description.contains("two stored it"))
        let unsaved = try await failure { try await fleet.remote("one").pull(Self.raw) }
        #expect(unsaved.code == .unsaved)
        #expect(try fleet.contents("one")["core/raw/matters/00003.ndjson.gz"] == "of one")
        _ = try await fleet.remote("one").pull(Self.raw, replacing: true)
        #expect(try fleet.contents("one") == fleet.contents("two"))
        try fleet.write("one", ["core/raw/matters/00003.ndjson.gz": "newer"])
        // What is newer here only is not replaced by what the store has had all along.
        #expect(try await fleet.remote("one").pull(Self.raw).isNone)
        #expect(try fleet.contents("one")["core/raw/matters/00003.ndjson.gz"] == "newer")
        _ = try await fleet.remote("two").push(Self.raw)
        _ = try await fleet.remote("one").push(Self.raw)
        let lost = try await failure { try await fleet.remote("two").push(Self.raw) }
        #expect(lost.code == .conflict)
    }

    @Test func aPushBetweenTheReadingAndTheWritingOfTheIndexWins() async throws {
        for isFirst in [true, false] {
            let fleet = try await Fleet()
            let key = "firms/smith/index/core/raw"
            if !isFirst {
                try fleet.write("one", Self.first)
                _ = try await fleet.remote("one").push(Self.raw)
            }
            let other = RemoteIndex(scope: Self.raw, sequence: 7, host: "two", pushedAt: "then", entries: []).text
            fleet.double.writeEarlier(key, other)
            try fleet.write("one", Self.second)
            let refused = try await failure { try await fleet.remote("one").push(Self.raw) }
            #expect(refused.exitStatus == .locked)
            #expect(refused.description.contains("two stored it at then"))
            #expect(fleet.double.objects[key] == other)
        }
    }

    @Test func damageIsFoundAndNotPutInPlace() async throws {
        let fleet = try await Fleet()
        try fleet.write("one", Self.first)
        _ = try await fleet.remote("one").push(Self.raw)
        let key = try #require(fleet.double.objects.keys.first { $0.contains("00002.ndjson.gz.") })
        let whole = try #require(fleet.double.objects[key])
        fleet.double.set(key, Array("qart 2".utf8))
        let found = try await fleet.remote("one").check(Self.raw)
        #expect(found.findings.map(\.problem) == [.damaged])
        #expect(found.files == 3)
        let damaged = try await failure { try await fleet.remote("two").pull(Self.raw) }
        #expect(damaged.code == .damaged)
        #expect(try fleet.contents("two").isEmpty)
        fleet.double.set(key, whole)
        try fleet.write("one", ["core/raw/matters/00001.ndjson.gz": "changed", "core/raw/x": "new"])
        try Files.remove(fleet.folder("one").path + "/core/raw/matters/00002.ndjson.gz")
        #expect(
            try await fleet.remote("one").check(Self.raw).findings.map(\.problem) == [
                .differs, .onlyInStore, .onlyHere,
            ])
    }

    @Test func whatNoIndexNamesIsDeletedAfterADay() async throws {
        let fleet = try await Fleet()
        try fleet.write("one", Self.first)
        _ = try await fleet.remote("one").push(Self.raw)
        func parts() -> Int { fleet.double.objects.keys.count { $0.contains("00001.ndjson.gz.") } }
        try fleet.write("one", ["core/raw/matters/00001.ndjson.gz": "b"])
        _ = try await fleet.remote("one").push(Self.raw)
        #expect(parts() == 2)
        try fleet.write("one", ["core/raw/matters/00001.ndjson.gz": "c"])
        _ = try await fleet.remote("one", at: 1_795_896_000 + 90_000).push(Self.raw)
        #expect(parts() == 1)
        #expect(try await fleet.remote("one").removeAll() == 4)
        #expect(fleet.double.objects.isEmpty)
    }

    @Test func anIndexThatLeadsElsewhereIsRefused() throws {
        let header = #"{"format":1,"scope":"core/raw","sequence":1,"host":"h","pushed_at":"t"}"#
        let digest = String(repeating: "a", count: 64)
        func read(_ lines: String..., files: Int) throws -> RemoteIndex {
            let text = ([header] + lines + [#"{"files":\#(files)}"#]).joined(separator: "\n") + "\n"
            return try RemoteIndex(Array(text.utf8), of: Self.raw, place: "x")
        }
        let good = #"{"path":"core/raw/matters/a","bytes":1,"sha256":"\#(digest)"}"#
        let index = try read(good, #"{"path":"core/raw/b","link":"matters/a"}"#, files: 2)
        #expect(try RemoteIndex(index.text, of: Self.raw, place: "x") == index)
        #expect(throws: RemoteError.self) { try read(good, files: 2) }
        #expect(throws: RemoteError.self) { try RemoteIndex(Array((header + "\n").utf8), of: Self.raw, place: "x") }
        for path in ["/etc/passwd", "core/raw/../../x", "core/clean/a", "core/raw//a", "x", "core/rawx/a", ".sequence"]
        {
            let line = #"{"path":"\#(path)","bytes":1,"sha256":"\#(digest)"}"#
            #expect(throws: RemoteError.self, "\(path)") { try read(line, files: 1) }
        }
        for target in ["/etc", "../../x", "../../../../x", "../clean/a"] {
            #expect(throws: RemoteError.self, "\(target)") {
                try read(#"{"path":"core/raw/b","link":"\#(target)"}"#, files: 1)
            }
        }
        let piece = String(repeating: "b", count: 32)
        let grown = #"{"path":"core/raw/a","bytes":3,"sha256":"\#(digest)","pieces":[[1,"\#(piece)"],[2,"\#(piece)"]]}"#
        #expect(try read(grown, files: 1).entries[0].objects.map(\.bytes) == [1, 2])
        for bad in ["\"bytes\":4", "\"bytes\":2"] {
            #expect(throws: RemoteError.self) { try read(grown.replacing("\"bytes\":3", with: bad), files: 1) }
        }
        #expect(throws: RemoteError.self) {
            try read(grown.replacing(piece, with: "../" + piece.dropFirst(3)), files: 1)
        }
        let later = header.replacing("\"format\":1", with: "\"format\":3") + "\n{\"files\":0}\n"
        #expect(throws: RemoteError(.format, "x: was written by a later version of cliosync; update this one")) {
            try RemoteIndex(Array(later.utf8), of: Self.raw, place: "x")
        }
    }
}
