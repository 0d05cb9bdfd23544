/// What a transaction locks at its begin.
public enum SQLiteTransactionKind: String, Sendable {
    /// Nothing until the first read or write: right for a consistent view over several reads.
    case deferred = "DEFERRED"
    /// The write lock: two writers wait for each other at the begin, where waiting is safe.
    case immediate = "IMMEDIATE"
}

extension SQLiteConnection {
    /// Runs the body in one transaction: committed when the body returns, rolled back when it throws.
    public func transaction<Result>(
        _ kind: SQLiteTransactionKind = .immediate, _ body: () throws -> Result
    ) throws -> Result {
        try execute("BEGIN \(kind.rawValue)")
        do {
            let result = try body()
            try execute("COMMIT")
            return result
        } catch {
            // SQLite itself rolls back after some failures (a full disk); then there is nothing left to roll back.
            // The body's error says why, so that a failing rollback has nothing to add.
            if isInTransaction { try? execute("ROLLBACK") }
            throw error
        }
    }
}
