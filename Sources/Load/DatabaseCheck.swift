internal import Glibc
public import Pipelines
internal import SQLite
public import Staging
public import Tables

/// Looks at a target database without changing it, for people who want to know before a load does.
public enum DatabaseCheck {
    /// What was found.
    public enum Finding: Sendable, Equatable {
        /// There is no file yet; the first load makes it.
        case absent
        /// The database of this connection, sound as far as it was looked at.
        /// - wasChecked: false when it is too large to be read through for a look.
        case ours(tables: Int, bytes: Int, wasChecked: Bool)
    }

    /// SQLite's version, `3.40.1`.
    public static var sqliteVersion: String { SQLiteLibrary.version }
    /// SQLite's version as a number, 3_040_001.
    public static var sqliteVersionNumber: Int { SQLiteLibrary.versionNumber }
    /// Whether this SQLite has full-text search.
    public static var hasFullTextSearch: Bool { SQLiteLibrary.hasFullTextSearch }

    /// Asks SQLite whether all views of the pipeline files can be read.
    /// - Throws: an error of the code `pipeline` that names file, line and view.
    public static func checkViews(_ catalog: Catalog) throws(LoadError) { try ViewSet.check(catalog) }

    /// Opens the database as a load would, but for reading, and tries whether it could be written now.
    /// - Parameter readThrough: databases up to this size in bytes are read through for damage.
    /// - Throws: why a load could not use it: foreign, corrupt, locked, read-only.
    public static func look(
        _ path: String, connection name: String, readThrough: Int = 200_000_000
    ) throws(LoadError) -> Finding {
        guard let bytes = try LoadError.size(path) else { return .absent }
        guard bytes > 0 else { return .absent }
        do {
            guard access(path, R_OK | W_OK) == 0 else {
                throw LoadError(.readOnly, "\(path): this user may not read and write it; check its owner and mode")
            }
            if try Files.exists(path + ".lock") { try FileLock.shared(path + ".lock").release() }
            let database = try Database.openForReading(path, connection: name)
            let tables = try database.loadedTables().count
            let wasChecked = bytes <= readThrough
            if wasChecked, let answer = try database.connection.value("PRAGMA quick_check(1)")?.string, answer != "ok" {
                throw LoadError(
                    .corrupt,
                    "\(path): is damaged; move it away and run `cliosync load`: everything is in the staged files")
            }
            let writer = try SQLiteConnection(path: path, mode: .readWrite, busyTimeout: 0)
            try writer.execute("BEGIN IMMEDIATE; ROLLBACK")
            return .ours(tables: tables, bytes: bytes, wasChecked: wasChecked)
        } catch {
            throw LoadError(error, database: path)
        }
    }
}

extension DatabaseCheck {
    /// Whom a file belongs to.
    public enum Owner: Sendable, Equatable {
        /// A connection, by its name.
        case connection(String)
        /// It was not made by cliosync.
        case anotherProgram
    }

    /// Who put tables into a file; nil when it has none or cannot be read.
    public static func owner(_ path: String) -> Owner? {
        guard let size = try? Files.size(path), size > 0,
            let connection = try? SQLiteConnection(path: path, mode: .readOnly),
            let tables = try? connection.tableNames(), !tables.isEmpty
        else { return nil }
        let name = try? Database(connection: connection, path: path).meta("connection")
        return name.flatMap { $0 }.map { .connection($0) } ?? .anotherProgram
    }

    /// The account whose rows a database holds; nil when it holds none, names none, is not ours or cannot be read: what is
    /// wrong with it is reported where it is needed.
    public static func account(_ path: String) -> Account? {
        guard let size = try? Files.size(path), size > 0,
            let connection = try? SQLiteConnection(path: path, mode: .readOnly),
            let id = try? connection.pragma("application_id")?.int64, id == Database.applicationID
        else { return nil }
        return (try? Database(connection: connection, path: path).account()).flatMap { $0 }
    }
}
