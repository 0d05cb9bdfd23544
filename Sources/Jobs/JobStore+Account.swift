internal import SQLite

extension JobStore {
    /// Made beside the tables of every version, so that a job record without it stays readable.
    private static let accountSchema = """
        CREATE TABLE IF NOT EXISTS connection_account(
            only_row INTEGER PRIMARY KEY CHECK(only_row = 1), account TEXT NOT NULL, pinned_at TEXT NOT NULL,
            credential TEXT) STRICT;
        """

    /// Makes the table, or adds what an earlier version of it lacks.
    static func makeAccount(_ connection: SQLiteConnection) throws(SQLiteError) {
        try connection.execute(accountSchema)
        let columns = try connection.rows("PRAGMA table_info(connection_account)").compactMap { $0[1].string }
        guard !columns.contains("credential") else { return }
        try connection.execute("ALTER TABLE connection_account ADD COLUMN credential TEXT")
    }

    /// The account that the connection is pinned to, as it was written; nil before the first run.
    public func account() throws(JobError) -> String? {
        try read { try JobStore.account($0) }
    }

    /// Pins the connection to an account, or writes down by which user it is used now. One transaction, so that two processes
    /// that begin at a time cannot pin it to two accounts.
    /// - Parameters:
    ///   - credential: a hash of the credentials that opened it.
    ///   - mayReplace: whether an earlier text names the same account; when it does not, nothing is changed.
    /// - Returns: the earlier text.
    @discardableResult
    public func pin(
        account: String, credential: String? = nil, mayReplace: (String) -> Bool
    ) throws(JobError) -> String? {
        let now = clock.now()
        return try write { connection in
            let before = try JobStore.account(connection)
            if let before, before != account, !mayReplace(before) { return before }
            try connection.run(
                """
                INSERT INTO connection_account(only_row, account, pinned_at, credential) VALUES(1, ?1, ?2, ?3)
                ON CONFLICT(only_row) DO UPDATE SET account = ?1, credential = coalesce(?3, credential)
                WHERE (account, credential) IS NOT (?1, coalesce(?3, credential))
                """, .text(account), .text(now), .optional(credential))
            return before
        }
    }

    /// The hash of the credentials that opened the account last; nil when none did.
    public func accountCredential() throws(JobError) -> String? {
        try read { try $0.value("SELECT credential FROM connection_account")?.string }
    }

    /// Takes the pin away: nothing of the account is left.
    public func clearAccount() throws(JobError) {
        try write { try $0.run("DELETE FROM connection_account") }
    }

    private static func account(_ connection: SQLiteConnection) throws(SQLiteError) -> String? {
        try connection.value("SELECT account FROM connection_account")?.string
    }

    /// Puts a job back into the state that it was in before a run that did nothing.
    public func restore(_ before: SyncJob) throws(JobError) {
        try write { connection in
            try connection.run(
                "UPDATE sync_jobs SET status = ?, started_at = ?, completed_at = ?, error = ? WHERE id = ?",
                .text(before.status.rawValue), .optional(before.startedAt), .optional(before.completedAt),
                .optional(before.error), .text(before.id))
        }
    }
}
