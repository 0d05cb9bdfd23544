import Foundation
import StoreDouble
import Testing

@testable import Remote

@Suite(.timeLimit(.minutes(5))) struct StatusListingTests {
    @Test func onlyFirmsThatChangedAreReadAgain() async throws {
        let fleet = try await Fleet()
        for name in ["jones", "miller", "smith"] {
            fleet.double.set("firms/status/\(name).json", Array("{\"firm\":\"\(name)\"}".utf8))
        }
        // A firm may be called `status`.
        fleet.double.set("firms/status/index/firm.json", [1])
        let listing = StatusListing(try fleet.remote("one").store)
        #expect(try await listing.look().map(\.connection) == ["jones", "miller", "smith"])
        let first = fleet.double.requests.count
        let again = try await listing.look()
        #expect(again.map(\.connection) == ["jones", "miller", "smith"])
        #expect(fleet.double.requests.dropFirst(first).allSatisfy { $0.path == "/bucket" })
        let second = fleet.double.requests.count
        fleet.double.set("firms/status/miller.json", Array("{\"firm\":\"new\"}".utf8))
        let changed = try await listing.look()
        #expect(String(decoding: changed[1].document, as: UTF8.self) == "{\"firm\":\"new\"}")
        #expect(changed[1].version != again[1].version)
        #expect(changed[0] == again[0])
        let read = fleet.double.requests.dropFirst(second).filter { $0.path != "/bucket" }
        #expect(read.map(\.path) == ["/bucket/firms/status/miller.json"])
        #expect(changed[0].storedAt == 1_795_896_000)
    }
}
