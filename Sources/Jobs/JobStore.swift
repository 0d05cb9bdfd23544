internal import Foundation
internal import SQLite
internal import Synchronization

/// The job record of one connection, `staging/FIRM/job.sqlite`: jobs, their entities, events, and requests from other
/// processes. Several processes may have it open; every change is one transaction.
///
/// Calls block for the time of a small transaction, at worst for the busy timeout of five seconds or until a stop.
public final class JobStore: Sendable {
    /// The file.
    public let path: String
    let clock: JobClock
    private let connection: Mutex<SQLiteConnection>

    /// Milliseconds that all waits after a stop may take: other processes hold the lock for an instant, and how the run
    /// ended should be written down.
    private static let patience: Int32 = 500

    static let applicationID: Int64 = 0x636C_6A62  // "cljb"
    static let version: Int64 = 1

    /// Opens the job record, and makes it (0600) when it is not there.
    /// - Parameter isStopped: ends a wait for another process's lock, after a moment for what should still be written.
    public init(
        path: String, clock: JobClock = .system, isStopped: @escaping @Sendable () -> Bool = { false }
    ) throws(JobError) {
        self.path = path
        self.clock = clock
        // Made here, because SQLite would make it readable for everyone; its -wal and -shm files follow its mode.
        // An existing file must not be opened: with the close, this process would lose the locks of every other store
        // that it has on the file, and another process could take the write-ahead log away under them.
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        if descriptor >= 0 {
            close(descriptor)
        } else if errno != EEXIST {
            throw JobError(
                .database, "\(path): cannot be made (\(String(cString: strerror(errno)))); check the folder")
        }
        connection = try Self.opened(path, .create) { connection in
            connection.stopWaiting(patience: Self.patience, when: isStopped)
            try JobStore.prepare(connection, path: path)
        }
    }

    /// Opens the job record when there is one, and makes nothing when there is none. Where its folder cannot be written, it can
    /// only be read.
    public static func openExisting(
        path: String, clock: JobClock = .system, isStopped: @escaping @Sendable () -> Bool = { false }
    ) throws(JobError) -> JobStore? {
        // What this user may not look at is not absent: opening it says so.
        guard access(path, F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR) else { return nil }
        if access(URL(fileURLWithPath: path).deletingLastPathComponent().path, W_OK) != 0, access(path, R_OK) == 0 {
            return try JobStore(reading: path, clock: clock)
        }
        return try JobStore(path: path, clock: clock, isStopped: isStopped)
    }

    private init(reading path: String, clock: JobClock) throws(JobError) {
        self.path = path
        self.clock = clock
        connection = try Self.opened(path, .readOnly) { _ = try Self.isNew($0, path: path) }
    }

    private static func opened(
        _ path: String, _ mode: SQLiteConnection.Mode, _ prepare: (SQLiteConnection) throws -> Void
    ) throws(JobError) -> Mutex<SQLiteConnection> {
        try mapping(path) {
            let connection = try SQLiteConnection(path: path, mode: mode)
            try prepare(connection)
            return Mutex(connection)
        }
    }

    /// Does what a job record needs; its errors name the file.
    private static func mapping<Result: ~Copyable>(
        _ path: String, _ body: () throws -> Result
    ) throws(JobError) -> Result {
        do {
            return try body()
        } catch let error as JobError {
            throw error
        } catch let error as SQLiteError {
            throw JobError(error, path: path)
        } catch {
            throw JobError(.database, "\(path): \(error)")
        }
    }

    private static func prepare(_ connection: SQLiteConnection, path: String) throws {
        // First read without changing anything: a file of another program stays as it is.
        _ = try isNew(connection, path: path)
        guard try connection.setPragma("journal_mode", to: "WAL") == "wal" else {
            throw JobError(.database, "\(path): the file system allows no write-ahead log; use a local disk")
        }
        try connection.setPragma("synchronous", to: "NORMAL")
        try connection.transaction {
            // Asked again under the lock: another process may have been quicker.
            if try isNew(connection, path: path) {
                try connection.execute(schema)
                try connection.setPragma("application_id", to: "\(applicationID)")
                try connection.setPragma("user_version", to: "\(version)")
            }
            try makeActivity(connection)
            try makeAccount(connection)
            try makeOptions(connection)
            try makeRuns(connection)
            try makeAlarms(connection)
            try makeTokens(connection)
            try makeSamples(connection)
            try makeHeldAlarms(connection)
        }
    }

    /// True for an empty database, false for a job record of this version; throws for anything else.
    private static func isNew(_ connection: SQLiteConnection, path: String) throws -> Bool {
        let id = try connection.pragma("application_id")?.int64 ?? 0
        let found = try connection.pragma("user_version")?.int64 ?? 0
        if id == 0, found == 0, try connection.tableNames().isEmpty { return true }
        guard id == applicationID else {
            throw JobError(.format, "\(path): is not a job record of cliosync; move it away")
        }
        guard found == version else {
            throw JobError(
                .format, "\(path): has version \(found), this program knows \(version); use a newer cliosync")
        }
        return false
    }

    private static let schema = """
        CREATE TABLE sync_jobs(
            id TEXT PRIMARY KEY, connection_id TEXT NOT NULL, status TEXT NOT NULL,
            started_at TEXT, completed_at TEXT, estimated_items INTEGER, synced_items INTEGER NOT NULL DEFAULT 0,
            created_at TEXT NOT NULL, updated_at TEXT NOT NULL,
            phases TEXT NOT NULL DEFAULT '[]', strategy TEXT, estimate TEXT, error TEXT, pid INTEGER, host TEXT) STRICT;
        CREATE TABLE sync_entities(
            id TEXT PRIMARY KEY, sync_job_id TEXT NOT NULL REFERENCES sync_jobs(id), phase TEXT NOT NULL,
            entity_type TEXT NOT NULL, total_items INTEGER, synced_items INTEGER NOT NULL DEFAULT 0,
            extracted INTEGER NOT NULL DEFAULT 0, accepted INTEGER NOT NULL DEFAULT 0,
            rejected INTEGER NOT NULL DEFAULT 0, warned INTEGER NOT NULL DEFAULT 0,
            duplicates INTEGER NOT NULL DEFAULT 0, loaded INTEGER NOT NULL DEFAULT 0,
            status TEXT NOT NULL, started_at TEXT, completed_at TEXT, created_at TEXT NOT NULL,
            updated_at TEXT NOT NULL, message TEXT, UNIQUE(sync_job_id, phase, entity_type)) STRICT;
        CREATE TABLE events(
            id INTEGER PRIMARY KEY AUTOINCREMENT, time TEXT NOT NULL, sync_job_id TEXT NOT NULL, level TEXT NOT NULL,
            class TEXT NOT NULL, code TEXT NOT NULL, message TEXT NOT NULL) STRICT;
        CREATE INDEX events_of_job ON events(sync_job_id, id);
        CREATE TABLE requests(
            id INTEGER PRIMARY KEY AUTOINCREMENT, sync_job_id TEXT NOT NULL, kind TEXT NOT NULL, entity_type TEXT,
            created_at TEXT NOT NULL, handled_at TEXT) STRICT;
        CREATE INDEX requests_open ON requests(sync_job_id) WHERE handled_at IS NULL;
        """

    /// One read, or one write of a single statement.
    func read<Result: Sendable>(_ body: (SQLiteConnection) throws -> Result) throws(JobError) -> Result {
        try guarded(body)
    }

    /// One transaction.
    func write<Result: Sendable>(_ body: (SQLiteConnection) throws -> Result) throws(JobError) -> Result {
        try guarded { connection in try connection.transaction { try body(connection) } }
    }

    private func guarded<Result: Sendable>(_ body: (SQLiteConnection) throws -> Result) throws(JobError) -> Result {
        try Self.mapping(path) { try connection.withLock { try body($0) } }
    }
}
