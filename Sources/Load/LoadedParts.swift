public import Pipelines
internal import SQLite
public import Staging
public import Tables

/// Which parts of a clean layer are in a database.
public enum LoadedParts {
    /// How much of a clean layer is in a database.
    public enum State: Sendable { case all, partly, none }

    /// How much of it needs no load; nil when it is another generation than the one that is loaded.
    public static func state(
        _ entity: Entity, database path: String, _ result: ResultManifest
    ) throws(LoadError) -> State? {
        guard try LoadError.exists(path) else { return State.none }
        do {
            let connection = try SQLiteConnection(path: path, mode: .readOnly)
            guard try connection.tableNames().contains("_cliosync_ledger") else { return State.none }
            let rows = try LedgerRow.all(entity, connection)
            guard !rows.isEmpty else { return State.none }
            return LedgerRow.loadedParts(rows, result).map { $0.count == result.parts.count ? .all : .partly }
        } catch {
            throw LoadError(error, database: path)
        }
    }

    /// The names of the parts that need no load, by the ledger; none when the table must be built anew or when there
    /// is no database. Takes no lock and changes nothing.
    public static func of(
        _ entity: Entity, database path: String, _ result: ResultManifest
    ) throws(LoadError) -> Set<String> {
        guard try LoadError.exists(path) else { return [] }
        do {
            let connection = try SQLiteConnection(path: path, mode: .readOnly)
            guard try connection.tableNames().contains("_cliosync_ledger") else { return [] }
            return LedgerRow.loadedParts(try LedgerRow.all(entity, connection), result) ?? []
        } catch {
            throw LoadError(error, database: path)
        }
    }
}
