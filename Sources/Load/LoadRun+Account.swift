internal import Pipelines
internal import SQLite
internal import Staging
internal import Tables

extension LoadRun {
    /// Refuses a layer of another account than the database's, before a row of it is written.
    func checkAccount(_ staged: StagedEntity) throws {
        try database.check(staged.account, layer: "\(folder.path) (\(staged.entity.phase)/\(staged.entity.name))")
    }

    /// Pins the database to the account of its first rows; called in the transaction that writes them.
    func pinAccount(_ staged: StagedEntity) throws(SQLiteError) {
        guard let account = staged.account, try database.account() == nil else { return }
        try database.setMeta(Database.accountKey, account.json)
    }

    /// A database without a row is not pinned.
    func unpinEmptyDatabase() throws(SQLiteError) {
        try connection.run(
            "DELETE FROM _cliosync_meta WHERE key = ? AND NOT EXISTS (SELECT 1 FROM _cliosync_entities)",
            .text(Database.accountKey))
    }
}
