internal import Bytes
public import Pipelines
internal import SQLite
public import Staging

/// Proves, from the staged files and the database alone, that nothing was lost, doubled or invented.
public enum Verifier {
    /// Checks entities and the tables that they feed. Reads every staged line again; changes nothing.
    /// - Throws: when a file or the database cannot be read at all; what does not agree is a failed check.
    public static func verify(
        entities: [Entity], catalog: Catalog, folder: ConnectionFolder, database: String
    ) async throws(LoadError) -> VerifyReport {
        try await Worker.run("cliosync.verify") { () throws(LoadError) in
            do {
                let run = try VerifyRun(
                    catalog, folder, Database.openForReading(database, connection: folder.connection))
                return try run.verify(entities)
            } catch {
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
                        digests[table] = try digest(connection, table)
                    }
                }
            }
            return digests
        } catch {
            throw LoadError(error, database: path)
        }
    }

    private static func digest(_ connection: SQLiteConnection, _ table: String) throws(SQLiteError) -> String {
        let rows = try connection.prepare("SELECT * FROM \(quotedIdentifier(table))")
        var sum: (UInt64, UInt64) = (0, 0)
        var bytes = ByteBuffer()
        while try rows.step() {
            bytes.removeAll()
            for column in 0..<rows.columnCount {
                switch rows.storageClass(at: column) {
                case .null: bytes.append(PackedTag.null)
                case .integer: bytes.append(integer: rows.int64(at: column))
                case .real: bytes.append(real: rows.double(at: column))
                case .text, .blob: rows.withUTF8(at: column) { bytes.append(text: $0) }
                }
            }
            var hash = SHA256()
            hash.update(bytes.bytes)
            let digest = hash.finalize()
            digest.withUnsafeBytes { words in
                sum.0 &+= UInt64(bigEndian: words.loadUnaligned(as: UInt64.self))
                sum.1 &+= UInt64(bigEndian: words.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            }
        }
        func hex(_ word: UInt64) -> String {
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }
        return hex(sum.0) + hex(sum.1)
    }
}
