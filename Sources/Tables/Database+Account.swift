package import SQLite
package import Staging

extension Database {
    /// The key of the account in `_cliosync_meta`.
    package static let accountKey = "account"

    /// The account whose rows these are; nil in an empty database and in one of an earlier version.
    package func account() throws(SQLiteError) -> Account? {
        try meta(Self.accountKey).flatMap { Account(json: $0) }
    }

    /// - Throws: an error of the code `otherAccount` when these rows are of another account than a layer's.
    package func check(_ account: Account?, layer: String) throws {
        guard let account, let own = try self.account(), !own.isSameAccount(as: account) else { return }
        throw LoadError(
            .otherAccount,
            "\(path): holds rows of \(own.firm), but \(layer) holds records of \(account.firm); "
                + "give --database, --staging or --connection the one that belongs to the other")
    }
}
