import Testing

/// As `EarlierFolderTests`, for large folders and rarer states: in the long test run.
@Suite(.timeLimit(.minutes(40)), .deep(.folders))
struct EarlierFolderDeepTests {
    @Test(arguments: EarlierFolder.names(.deep))
    func aFolderOfAnEarlierVersionIsContinued(_ name: EarlierFolder.Name) async throws {
        try await EarlierFolderCheck(name).run()
    }
}
