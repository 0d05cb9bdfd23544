internal import SQLite

extension JobStore {
    /// Made beside the tables of every version, so that a job record without it stays readable.
    static let accountSchema = """
        CREATE TABLE IF NOT EXISTS connection_account(
            only_row INTEGER PRIMARY KEY CHECK(only_row = 1), account TEXT NOT NULL, pinned_at TEXT NOT NULL) STRICT;
        """

    /// The account that the connection is pinned to, as it was written; nil before the first run.
    public func account() throws(JobError) -> String? {
        try read { try JobStore.account($0) }
    }

    /// Pins the connection to an account, or writes down by which user it is used now. One transaction, so that two processes
    /// that begin at a time cannot pin it to two accounts.
    /// - Parameter mayReplace: whether what stands there is the same account; when it is not, nothing is changed.
    /// - Returns: what stood there before.
    @discardableResult
    public func pin(account: String, mayReplace: (String) -> Bool) throws(JobError) -> String? {
        let now = clock.now()
        return try write { connection in
            let before = try JobStore.account(connection)
            if let before, before == account || !mayReplace(before) { return before }
            try connection.run(
                """
                INSERT INTO connection_account VALUES(1, ?1, ?2)
                ON CONFLICT(only_row) DO UPDATE SET account = ?1
                """, .text(account), .text(now))
            return before
        }
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
