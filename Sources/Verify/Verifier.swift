public import Pipelines
internal import SQLite
public import Staging
public import Tables

/// Proves, from the staged files and the database alone, that nothing was lost, doubled or invented.
public enum Verifier {
    /// Checks entities and the tables that they feed. Reads every staged line again; changes nothing.
    /// - Parameters:
    ///   - fingerprints: of the transform that each entity's layers should come from, by "phase/entity"; one that is not
    ///     named is not looked at.
    ///   - coming: entities that are going to be transformed, by "phase/entity": as feeders of another entity's table they
    ///     need not be current.
    ///   - stop: looked at between parts, and while a query runs.
    /// - Throws: when a file or the database cannot be read at all, and an error of the code `stopped` after a stop; what does
    ///   not agree is a failed check.
    public static func verify(
        entities: [Entity], catalog: Catalog, folder: ConnectionFolder, database: String,
        fingerprints: [String: String] = [:], coming: Set<String> = [], stop: StopSignal = StopSignal()
    ) async throws(LoadError) -> VerifyReport {
        try await Worker.run("cliosync.verify") { () throws(LoadError) in
            do {
                let run = try VerifyRun(
                    catalog, folder,
                    Database.openForReading(database, connection: folder.connection) { stop.isRequested },
                    fingerprints, coming, stop)
                try run.checkAccounts(entities)
                return try run.verify(entities)
            } catch {
                // Whatever it was doing: a query that is interrupted fails. A lock that was waited for is another cause.
                if stop.isRequested, (error as? SQLiteError)?.kind != .busy {
                    throw LoadError(.stopped, "\(database): the verification was stopped; run the same command again")
                }
                throw LoadError(error, database: database)
            }
        }
    }

    /// A digest of the content of every entity and child table that does not depend on the order of rows: two loads
    /// of the same data have the same digests. Blocks while it reads all rows.
    /// - Returns: 32 hexadecimal digits for each table.
    public static func digests(database path: String) throws(LoadError) -> [String: String] {
        do {
            let connection = try SQLiteConnection(path: path, mode: .readOnly)
            var digests: [String: String] = [:]
            try connection.transaction(.deferred) {
                for row in try connection.rows("SELECT name, children FROM _cliosync_tables") {
                    let children = (row[1].string ?? "").split(separator: " ").map(String.init)
                    for table in [row[0].string ?? ""] + children {
                        digests[table] = try TableDigest(of: table, connection).hex
                    }
                }
            }
            return digests
        } catch {
            throw LoadError(error, database: path)
        }
    }
}
