internal import SQLite
internal import Staging
public import Tables

/// Orphans in a database, by the reference that leads nowhere.
public struct OrphanGroups: Sendable, Equatable {
    /// The phase of the records.
    public let phase: String
    /// The entity.
    public let entity: String
    /// Where in the record.
    public let path: String
    /// How many there are.
    public let records: Int
    /// A few ids.
    public let examples: [String]

    /// Reads them; none when there is no database yet. Takes no lock and changes nothing.
    public static func read(database path: String) throws(LoadError) -> [OrphanGroups] {
        guard try LoadError.exists(path) else { return [] }
        do {
            let connection = try SQLiteConnection(path: path, mode: .readOnly)
            guard try connection.tableNames().contains("flagged_records") else { return [] }
            return try connection.rows(
                """
                SELECT f.phase, f.entity, json_extract(v.value, '$.path') AS path, count(*), min(f.id), max(f.id)
                FROM flagged_records AS f, json_each(f.violations) AS v
                WHERE json_extract(v.value, '$.rule') = 'reference' GROUP BY 1, 2, 3 ORDER BY 4 DESC
                """
            ).map { row in
                let ids = [row[4], row[5]].compactMap { $0.int64.map { String($0) } ?? $0.string }
                return OrphanGroups(
                    phase: row[0].string ?? "", entity: row[1].string ?? "", path: row[2].string ?? "",
                    records: row[3].int ?? 0, examples: ids.first == ids.last ? Array(ids.prefix(1)) : ids)
            }
        } catch {
            throw LoadError(error, database: path)
        }
    }
}
