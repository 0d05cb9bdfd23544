public import Pipelines
internal import SQLite
public import Staging
public import Tables

/// Proves, from the staged files and the database alone, that nothing was lost, doubled or invented.
public enum Verifier {
    /// How much is compared.
    public enum Extent: Sendable, Equatable {
        /// Every staged line with every value of the database.
        case all
        /// What changed since it was last compared, as long as everything was at this moment, seconds since 1970, or later, and
        /// nothing else wrote to the database; otherwise all.
        case changes(since: Double)
    }

    /// Checks entities and the tables that they feed. Changes neither layers nor database; what was compared is kept beside the
    /// layers, for `Extent.changes`.
    /// - Parameters:
    ///   - fingerprints: of the transform that each entity's layers should come from, by "phase/entity"; one that is not
    ///     named is not looked at.
    ///   - coming: entities that are going to be transformed, by "phase/entity": as feeders of another entity's table they
    ///     need not be current.
    ///   - extent: how much is compared.
    ///   - stop: looked at between parts, and while a query runs.
    /// - Throws: when a file or the database cannot be read at all, and an error of the code `stopped` after a stop; what does
    ///   not agree is a failed check.
    public static func verify(
        entities: [Entity], catalog: Catalog, folder: ConnectionFolder, database: String,
        fingerprints: [String: String] = [:], coming: Set<String> = [], extent: Extent = .all,
        stop: StopSignal = StopSignal()
    ) async throws(LoadError) -> VerifyReport {
        try await Worker.run("cliosync.verify") { () throws(LoadError) in
            do {
                let run = try VerifyRun(
                    catalog, folder, extent,
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

    /// Takes note of what a load changed: what was found of the tables that it left alone still holds.
    public static func note(_ span: LoadSpan, _ folder: ConnectionFolder) throws(StagingError) {
        guard var proof = try Proof.read(folder), proof.database == span.before else { return }
        proof.database = span.after
        for table in span.tables { proof.tables[table] = nil }
        if !span.tables.isEmpty { proof.referencesAt = nil }
        try proof.write(folder)
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
