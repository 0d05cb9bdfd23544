internal import Pipelines
internal import SQLite
internal import Staging

extension Database {
    /// The key of the account in `_cliosync_meta`.
    static let accountKey = "account"

    /// The account whose rows these are; nil in an empty database and in one of an earlier version.
    func account() throws(SQLiteError) -> Account? {
        try meta(Self.accountKey).flatMap { Account(json: $0) }
    }

    /// - Throws: an error of the code `otherAccount` when these rows are of another account than a layer's.
    func check(_ account: Account?, layer: String) throws {
        guard let account, let own = try self.account(), !own.isSameAccount(as: account) else { return }
        throw LoadError(
            .otherAccount,
            "\(path): holds rows of \(own.firm), but \(layer) holds records of \(account.firm); "
                + "give --database, --staging or --connection the one that belongs to the other")
    }
}

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

extension VerifyRun {
    /// What is compared must be of one account.
    func checkAccounts(_ entities: [Entity]) throws {
        for entity in entities {
            guard let staged = try StagedEntity(entity, folder) else { continue }
            try database.check(staged.account, layer: "\(folder.path) (\(entity.phase)/\(entity.name))")
        }
    }
}
