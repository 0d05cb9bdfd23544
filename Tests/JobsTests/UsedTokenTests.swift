import Jobs
import SQLite
import Testing

@Suite("The tokens that opened an account") struct UsedTokenTests {
    @Test("each has the time of its first and of its last use; the one used last comes first")
    func uses() throws {
        let folder = try Folder()
        let time = TurnableClock()
        let store = try JobStore(path: folder.file, clock: time.clock)
        #expect(try store.usedTokens().isEmpty)
        try store.noteToken(mark: "old", expiresAt: nil, isRenewable: false, isLogin: false)
        time.turn(by: 10)
        try store.noteToken(mark: "old", expiresAt: "2026-12-01T00:00:00Z", isRenewable: true, isLogin: true)
        #expect(
            try store.usedTokens() == [
                UsedToken(
                    mark: "old", firstUsedAt: "2026-11-24T10:00:00Z", lastUsedAt: "2026-11-24T10:00:10Z",
                    expiresAt: "2026-12-01T00:00:00Z", isRenewable: true, isLogin: true)
            ])
        time.turn(by: 10)
        try store.noteToken(mark: "new", expiresAt: nil, isRenewable: false, isLogin: false)
        #expect(try store.usedTokens().map(\.mark) == ["new", "old"])
    }

    /// A folder that can only be read has what the version that made it wrote.
    @Test("a record of an earlier version has none")
    func earlier() throws {
        let folder = try Folder()
        _ = try JobStore(path: folder.file)
        let connection = try SQLiteConnection(path: folder.file, mode: .readWrite)
        try connection.execute("DROP TABLE used_tokens")
        let store = try #require(try JobStore.openExisting(path: folder.file))
        #expect(try store.usedTokens().isEmpty)
    }
}
