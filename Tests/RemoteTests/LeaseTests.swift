import Bytes
import Dispatch
import Foundation
import Staging
import Synchronization
import StoreDouble
import Testing

@testable import Remote

/// Who may work on a scope, as the store and the clock say.
@Suite(.timeLimit(.minutes(5))) struct LeaseTests {
    private static let scope = RemoteScope.raw(phase: "core")
    private static let start: Int64 = 1_795_896_000

    private func take(_ fleet: Fleet, _ machine: String, at time: Int64 = start) async throws -> Lease {
        try await Lease.take(Self.scope, of: fleet.remote(machine, at: time), life: 90)
    }

    private func failure(_ body: () async throws -> Void) async throws -> RemoteError {
        do {
            try await body()
        } catch let error as RemoteError {
            return error
        }
        Issue.record("no error")
        throw CancellationError()
    }

    @Test func whileOneMachineHasItAnotherComesBackLater() async throws {
        let fleet = try await Fleet()
        let first = try await take(fleet, "one")
        let refused = try await failure { _ = try await take(fleet, "two", at: Self.start + 89) }
        #expect(refused.exitStatus == .later)
        #expect(refused.resumeAt == Double(Self.start + 90))
        #expect(refused.description.contains("one works on it, until 2026-11-28T20:01:30Z"))
        try await first.renew()
        try await first.giveBack()
        let second = try await take(fleet, "two")
        #expect(second.fence == first.fence + 1)
    }

    @Test func aLeaseThatIsOverIsTakenAndItsHolderHearsOfIt() async throws {
        let fleet = try await Fleet()
        let first = try await take(fleet, "one")
        let second = try await take(fleet, "two", at: Self.start + 90)
        #expect(second.fence == first.fence + 1)
        for end in [first.renew, first.giveBack] {
            let lost = try await failure { try await end() }
            #expect(lost.code == .lost)
            #expect(lost.exitStatus == .locked)
        }
        // The second one still has it.
        try await second.renew()
    }

    /// The phases of a run take their leases at once, and each must know the others' as its own machine's.
    @Test func allLeasesOfAFolderAreOfOneFolder() async throws {
        let fleet = try await Fleet()
        for machine in 0..<20 {
            let folder = try fleet.folder("m\(machine)")
            let names = Mutex<Set<String>>([])
            DispatchQueue.concurrentPerform(iterations: 8) { _ in
                let name = (try? StoreMarks(folder).folderID()) ?? "none"
                names.withLock { _ = $0.insert(name) }
            }
            #expect(names.withLock { $0 } == [try StoreMarks(folder).folderID()])
        }
    }

    @Test func aDamagedNameOfAFolderIsReplaced() async throws {
        let fleet = try await Fleet()
        try fleet.write("one", [".remote/folder": "half of a na"])
        let name = try StoreMarks(fleet.folder("one")).folderID()
        #expect(name.utf8.count == 36)
        #expect(try StoreMarks(fleet.folder("one")).folderID() == name)
    }

    /// Its locks say that no process of the folder is at work.
    @Test func aKilledProcessOfTheSameFolderDelaysNothing() async throws {
        let fleet = try await Fleet()
        let first = try await take(fleet, "one")
        let second = try await take(fleet, "one")
        #expect(second.fence == first.fence + 1)
        #expect(try await failure { try await first.renew() }.code == .lost)
    }

    @Test func aLeaseThatNobodyTookIsRenewedHoweverLate() async throws {
        let fleet = try await Fleet()
        let first = try await take(fleet, "one")
        try await first.renew()
        let refused = try await failure { _ = try await take(fleet, "two", at: Self.start + 1) }
        #expect(refused.code == .leased)
    }

    @Test func whatIsNoLeaseIsReplacedWithAHigherFenceThanTheIndexHas() async throws {
        let fleet = try await Fleet()
        let remote = try fleet.remote("one")
        _ = try await remote.raiseFence(Self.scope, to: 7)
        fleet.double.set("firms/smith/leases/core/raw", Array("damaged".utf8))
        #expect(try await take(fleet, "one").fence == 8)
    }

    @Test func aPushByHandWaitsForAMachineAtWork() async throws {
        let fleet = try await Fleet()
        let lease = try await take(fleet, "one")
        let two = try fleet.remote("two")
        let refused = try await failure { try await Lease.expectNone(Self.scope, of: two) }
        #expect(refused.code == .leased)
        try await Lease.expectNone(Self.scope, of: fleet.remote("one"))
        try await lease.giveBack()
        try await Lease.expectNone(Self.scope, of: two)
    }
}
