import Testing

/// A folder that an earlier version wrote is continued to the same end as a run that nothing disturbed: with every change.
@Suite(.timeLimit(.minutes(40)))
struct EarlierFolderTests {
    @Test(.gate) func thereAreStoredFolders() { #expect(EarlierFolder.names(.gate).count > 8) }

    @Test(.gate, arguments: EarlierFolder.names(.gate))
    func aFolderOfAnEarlierVersionIsContinued(_ name: EarlierFolder.Name) async throws {
        try await EarlierFolderCheck(name).run()
    }
}
