public import Pipelines
internal import SQLite
public import Staging
public import Tables

/// Which parts of a clean layer are in a database.
public enum LoadedParts {
    /// The names of the parts that need no load, by the ledger; none when the table must be built anew or when there
    /// is no database. Takes no lock and changes nothing.
    public static func of(
        _ entity: Entity, database path: String, _ result: ResultManifest
    ) throws(LoadError) -> Set<String> {
        guard Files.exists(path) else { return [] }
        do {
            let connection = try SQLiteConnection(path: path, mode: .readOnly)
            guard try connection.tableNames().contains("_cliosync_ledger") else { return [] }
            let rows = try connection.rows(
                """
                SELECT part, raw_crc, clean_crc, flagged_crc, generation, raw_generation FROM _cliosync_ledger
                WHERE phase = ? AND entity = ?
                """, .text(entity.phase), .text(entity.name))
            var parts: [String: ResultPart] = [:]
            for part in result.parts { parts[part.part] = part }
            var loaded: Set<String> = []
            for row in rows {
                guard let name = row[0].string, let part = parts[name], row[1].int64 == Int64(part.rawCRC),
                    row[2].int64 == part.clean.map({ Int64($0.crc) }),
                    row[3].int64 == part.flagged.map({ Int64($0.crc) }), row[4].int == result.header.generation,
                    row[5].int == result.header.rawGeneration
                else { return [] }
                loaded.insert(name)
            }
            return loaded
        } catch {
            throw LoadError(error, database: path)
        }
    }
}
