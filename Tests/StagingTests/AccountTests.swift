import Foundation
import Staging
import Testing

@Suite final class AccountTests {
    let folder: ConnectionFolder
    private let staging = NSTemporaryDirectory() + "/account-\(UUID().uuidString)"

    init() throws {
        folder = try ConnectionFolder(staging: staging, connection: "firm")
        try folder.create()
    }

    deinit { try? FileManager.default.removeItem(atPath: staging) }

    private static let us = "https://app.clio.com"

    private static func account(
        _ id: Int64?, user: Int64? = 1, name: String = "Smith LLP", base: String = us, credential: String? = nil
    ) -> Account {
        Account(id: id, name: name, userID: user, userName: "Ann", baseURL: base, credential: credential)
    }

    @Test func anAccountIsToldByItsIDNotByItsName() {
        #expect(Self.account(7).relation(to: Self.account(7, name: "Renamed")) == .same)
        #expect(Self.account(7, user: 1).relation(to: Self.account(7, user: 2)) == .otherUser)
        #expect(Self.account(7).relation(to: Self.account(8)) == .otherAccount)
        // Each region counts from the beginning.
        #expect(Self.account(7).relation(to: Self.account(7, base: "https://eu.app.clio.com")) == .otherAccount)
        #expect(Self.account(7, base: "https://APP.clio.com/").relation(to: Self.account(7)) == .same)
        // A test server takes a new port each time.
        #expect(
            Self.account(7, base: "http://127.0.0.1:1").relation(to: Self.account(7, base: "http://localhost:2"))
                == .same)
    }

    @Test func withoutAnAccountTheUserDecidesAndWithoutAUserTheCredentials() {
        #expect(Self.account(nil, user: 1).relation(to: Self.account(7, user: 1)) == .same)
        #expect(Self.account(nil, user: 2).relation(to: Self.account(7, user: 1)) == .otherAccount)
        let one = Self.account(nil, user: nil, credential: "a")
        #expect(one.relation(to: Self.account(nil, user: nil, credential: "a")) == .same)
        #expect(one.relation(to: Self.account(nil, user: nil, credential: "b")) == .otherAccount)
        #expect(one.relation(to: Self.account(7)) == .otherAccount)
    }

    @Test func itSurvivesBeingWritten() throws {
        let accounts = [Self.account(7, name: "O'Neil & \"Sons\" 漢"), Self.account(nil, user: nil, credential: "abc")]
        for account in accounts { #expect(Account(json: account.json) == account) }
        // The credentials are of no use where Clio says who it is.
        #expect(Account(json: Self.account(7, credential: "abc").json)?.credential == nil)
        #expect(Account(json: "{}") == nil && Account(json: "no json") == nil)
    }

    private var matters: EntityFolder { folder.entity(phase: "core", name: "matters") }

    private func page(_ stream: String, next: String? = nil) -> RawPage {
        RawPage(
            stream: StreamKey(.other(stream)), lines: Array("{\"id\":1}\n".utf8), records: 1,
            request: "/api/v4/matters.json", next: next,
            reportedTotal: nil)
    }

    @Test func aLayerTakesNoOtherAccountsRecords() async throws {
        let writer = try await RawLayerWriter.open(matters, force: false, account: Self.account(7))
        try await writer.commit(page("all"))
        try await writer.complete(expected: 1, status: .complete, message: nil)
        #expect(try matters.owners().map(\.account?.id) == [7])
        for force in [false, true] {
            let error = await #expect(throws: StagingError.self) {
                _ = try await RawLayerWriter.open(matters, force: force, account: Self.account(8))
            }
            #expect(error?.code == .otherAccount)
        }
    }

    @Test func aLayerOfAnEarlierVersionIsPinnedByTheNextRun() async throws {
        let old = try await RawLayerWriter.open(matters, force: false)
        try await old.commit(page("all", next: "https://x/2"))
        #expect(try RawManifest.read(matters)?.account == nil)
        let new = try await RawLayerWriter.open(matters, force: false, account: Self.account(7))
        try await new.seal()
        #expect(try RawManifest.read(matters)?.account?.id == 7)
        #expect(try matters.owners().map(\.account?.id) == [7])
        await #expect(throws: StagingError.self) {
            _ = try await RawLayerWriter.open(matters, force: false, account: Self.account(8))
        }
    }

    /// Who only looks at a layer leaves no trace; who fetches a page does.
    @Test func everyUserWhoFetchedIsKnown() async throws {
        let first = try await RawLayerWriter.open(matters, force: false, account: Self.account(7, user: 1))
        try await first.commit(page("all", next: "https://x/2"))
        try await first.seal()
        let second = try await RawLayerWriter.open(matters, force: false, account: Self.account(7, user: 2))
        #expect(try RawManifest.read(matters)?.users == [1])
        try await second.commit(page("all"))
        try await second.seal()
        #expect(try RawManifest.read(matters)?.users == [1, 2])
        try await second.settle(on: Self.account(7, user: 2))
        #expect(try RawManifest.read(matters)?.users == [2])
    }
}
