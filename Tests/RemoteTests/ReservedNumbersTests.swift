import Foundation
import Staging
import StoreDouble
import Testing

@testable import Remote

/// Machines that fetch lists of one firm at the same time never give two records the same number.
@Suite(.timeLimit(.minutes(2))) struct ReservedNumbersTests {
    private static let key = "firms/smith/numbers"
    private static let size = RemoteFolder.reservedNumbers

    private func reserve(_ fleet: Fleet, _ machine: String) async throws -> Range<Int64> {
        try fleet.folder(machine).create()
        try await fleet.remote(machine).reserveNumbers()
        return try #require(try fleet.folder(machine).reservedNumbers())
    }

    private func writes(_ fleet: Fleet) -> Int { fleet.double.requests.filter { $0.method == "PUT" }.count }

    /// What a machine writes of a list.
    private func stage(_ fleet: Fleet, _ machine: String, _ phase: String) async throws -> [Range<Int64>] {
        var folder = try fleet.folder(machine)
        folder.numbers = .reserved
        let writer = try await RawLayerWriter.open(folder.entity(phase: phase, name: "contacts"), force: false)
        for next in ["https://x/2", nil] {
            try await writer.commit(
                RawPage(
                    stream: .list, lines: Array(repeating: "{}\n", count: 300).flatMap { Array($0.utf8) }, records: 300,
                    request: "/api/v4/contacts.json", next: next, reportedTotal: nil))
        }
        return writer.manifest.pages.map { $0.sequence..<$0.endSequence }
    }

    @Test func twoMachinesGiveDifferentNumbersToTheRecordsOfATable() async throws {
        let fleet = try await Fleet()
        _ = try await reserve(fleet, "one")
        _ = try await reserve(fleet, "two")
        let one = try await stage(fleet, "one", "core")
        let two = try await stage(fleet, "two", "supporting")
        #expect(one.count == 2 && two.count == 2)
        for mine in one { for theirs in two { #expect(!mine.overlaps(theirs)) } }
        // One of them gets the other's files while it works, and goes on in its own numbers.
        try fleet.folder("one").raiseSequence(to: try fleet.folder("two").freeSequence())
        for mine in try await stage(fleet, "one", "historical") {
            for theirs in two { #expect(!mine.overlaps(theirs)) }
        }
        #expect(try fleet.folder("one").freeSequence() >= two.map(\.upperBound).max() ?? .max)
    }

    @Test func aReservationIsAboveAllEarlierOnes() async throws {
        let fleet = try await Fleet()
        let first = try await reserve(fleet, "one")
        #expect(first == 1..<1 + Self.size)
        let second = try await reserve(fleet, "two")
        #expect(second == 1 + Self.size..<1 + 2 * Self.size)
        // What it fetches from now on is newer than what the other one fetched.
        let third = try await reserve(fleet, "one")
        #expect(third == 1 + 2 * Self.size..<1 + 3 * Self.size)
        #expect(
            String(decoding: fleet.double.objects[Self.key] ?? [], as: UTF8.self) == "{\"next\":\(1 + 3 * Self.size)}\n"
        )
    }

    @Test func aMachineAloneReservesOnce() async throws {
        let fleet = try await Fleet()
        let first = try await reserve(fleet, "one")
        let before = writes(fleet)
        #expect(try await reserve(fleet, "one") == first)
        #expect(writes(fleet) == before)
        // Half of them are used up.
        try fleet.folder("one").reserveNumbers(first.lowerBound + Self.size / 2 + 1..<first.upperBound)
        #expect(try await reserve(fleet, "one").lowerBound == first.upperBound)
    }

    @Test func whatAFolderFetchedByItselfIsBelow() async throws {
        let fleet = try await Fleet()
        try fleet.folder("one").create()
        try fleet.folder("one").raiseSequence(to: 4711)
        #expect(try await reserve(fleet, "one").lowerBound == 4711)
        // It worked without the store for a while, and used more numbers than were reserved.
        try fleet.folder("one").raiseSequence(to: 5 * Self.size)
        #expect(try await reserve(fleet, "one").lowerBound == 5 * Self.size)
    }

    @Test func whatEarlierVersionsStoredIsBelow() async throws {
        let fleet = try await Fleet()
        try fleet.write("old", ["core/raw/matters/00001.ndjson.gz": "x"])
        try fleet.folder("old").raiseSequence(to: 300_000)
        _ = try await fleet.remote("old").push(.raw(phase: "core"))
        #expect(try await reserve(fleet, "new").lowerBound == 300_000)
    }

    /// The firm was deleted from the store, and this machine has numbers that it has not used.
    @Test func withoutTheStoresCounterAMachineKeepsWhatItHas() async throws {
        let fleet = try await Fleet()
        _ = try await reserve(fleet, "one")
        let second = try await reserve(fleet, "two")
        _ = try await fleet.remote("two").removeAll()
        #expect(try await reserve(fleet, "two") == second)
        #expect(try await reserve(fleet, "one").lowerBound == second.upperBound)
    }

    @Test func thePhasesOfARunMayReserveAtOnce() async throws {
        let fleet = try await Fleet()
        let folder = try fleet.folder("one")
        try folder.create()
        try folder.reserveNumbers(2000..<3000)
        // That of a phase that asked earlier and was answered later.
        try folder.reserveNumbers(1000..<2000)
        #expect(try folder.reservedNumbers() == 2000..<3000)
    }

    @Test func ofTwoAtTheSameMomentEachGetsItsOwn() async throws {
        let fleet = try await Fleet()
        fleet.double.writeEarlier(Self.key, Array("{\"next\":1000}\n".utf8))
        #expect(try await reserve(fleet, "one") == 1000..<1000 + Self.size)
    }

    @Test(arguments: ["", "{}", "{\"next\":-1}", "{\"next\":9007199254740992}", "5"])
    func aDamagedCounterIsNotGuessed(_ text: String) async throws {
        let fleet = try await Fleet()
        fleet.double.set(Self.key, Array(text.utf8))
        let error = await #expect(throws: RemoteError.self) { _ = try await reserve(fleet, "one") }
        #expect(error?.code == .damaged)
        #expect(error?.description.contains("smith/numbers: says no record number; delete it when") == true)
    }

    @Test func withoutAReservationNothingIsWritten() async throws {
        let fleet = try await Fleet()
        try fleet.folder("one").create()
        let error = await #expect(throws: StagingError.self) { _ = try await stage(fleet, "one", "core") }
        #expect(error?.description.contains("are used up; run the same command again") == true)
    }

    @Test func itIsDeletedWithTheFirm() async throws {
        let fleet = try await Fleet()
        _ = try await reserve(fleet, "one")
        #expect(try await fleet.remote("one").removeAll() == 1)
        #expect(fleet.double.objects.isEmpty)
    }
}
