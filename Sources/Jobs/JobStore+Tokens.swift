internal import SQLite

extension JobStore {
    /// Made beside the tables of every version, so that a job record without it stays readable.
    private static let tokensSchema = """
        CREATE TABLE IF NOT EXISTS used_tokens(
            mark TEXT PRIMARY KEY, first_used_at TEXT NOT NULL, last_used_at TEXT NOT NULL, expires_at TEXT,
            is_renewable INTEGER NOT NULL, is_login INTEGER NOT NULL) STRICT;
        """

    static func makeTokens(_ connection: SQLiteConnection) throws(SQLiteError) {
        try connection.execute(tokensSchema)
    }

    /// Writes down that Clio accepted a token now.
    /// - Parameters:
    ///   - mark: a hash that represents it.
    ///   - expiresAt: UTC; nil: not known.
    public func noteToken(mark: String, expiresAt: String?, isRenewable: Bool, isLogin: Bool) throws(JobError) {
        let now = clock.now()
        try write { connection in
            try connection.run(
                """
                INSERT INTO used_tokens VALUES(?1, ?2, ?2, ?3, ?4, ?5)
                ON CONFLICT(mark) DO UPDATE SET last_used_at = ?2, expires_at = ?3, is_renewable = ?4, is_login = ?5
                """, .text(mark), .text(now), .optional(expiresAt), .integer(isRenewable ? 1 : 0),
                .integer(isLogin ? 1 : 0))
        }
    }

    /// Every token that Clio accepted, the one that was used last first. Cheap enough to be asked every second.
    public func usedTokens() throws(JobError) -> [UsedToken] {
        try read { connection in
            // A record of an earlier version that can only be read has no such table.
            guard try connection.tableNames().contains("used_tokens") else { return [] }
            return try connection.rows("SELECT * FROM used_tokens ORDER BY last_used_at DESC, first_used_at DESC").map {
                row in
                UsedToken(
                    mark: row[0].string ?? "", firstUsedAt: row[1].string ?? "", lastUsedAt: row[2].string ?? "",
                    expiresAt: row[3].string, isRenewable: row[4].int64 == 1, isLogin: row[5].int64 == 1)
            }
        }
    }
}
