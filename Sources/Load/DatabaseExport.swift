internal import Glibc
public import JSON
internal import SQLite
public import Staging
public import Tables

/// Copies a database into one file that needs no other beside it: for a backup or a hand-over.
///
/// The copy is the database of one instant, also while a sync writes. It is built beside its name, without the write-ahead log,
/// synchronized, and put in place by one rename.
public struct DatabaseExport: Sendable {
    private let database: String
    private let connection: String

    /// - Parameter connection: whose database it must be.
    public init(database: String, connection: String) {
        self.database = database
        self.connection = connection
    }

    /// What was written.
    public struct Report: JSONReport, Sendable, Equatable {
        /// The new file.
        public let file: String
        /// Its size.
        public let bytes: Int
        /// Rows of all tables that were loaded, as the loads counted their records.
        public let records: Int
        /// The lists that were not loaded to their end yet, as `phase/entity`.
        public let incomplete: [String]
    }

    /// Writes the copy. Blocks for as long as the database takes to be read and written once.
    /// - Parameters:
    ///   - force: replace a file that is there.
    ///   - stop: ends it early; nothing is left.
    public func run(to file: String, force: Bool, stop: StopSignal) throws(LoadError) -> Report {
        var isOpen = false
        do {
            let source = try Database.openForReading(database, connection: connection) { stop.isRequested }.connection
            isOpen = true
            try check(file, force: force)
            let before = Self.stamp(database)
            let temporary = "\(file).tmp\(getpid())"
            defer { Self.remove(temporary) }
            try create(temporary, for: file)
            source.interrupt { stop.isRequested }
            try source.run("VACUUM INTO ?", .text(temporary))
            let report = try finish(temporary, as: file, stop)
            guard !source.isImmutable || Self.stamp(database) == before else {
                throw LoadError(.locked, "\(database): another process wrote it meanwhile; run again when it has ended")
            }
            try Files.synchronize(temporary)
            try check(file, force: force)
            try Files.rename(temporary, to: file)
            return report
        } catch let error as SQLiteError where isOpen {
            throw failure(error, file, stop)
        } catch {
            throw LoadError(error, database: database)
        }
    }

    /// Rows of all tables of a connection's database; nil: there is no such database at this path.
    public static func rows(of path: String, connection: String) -> Int? {
        guard (try? Files.exists(path)) == true,
            let database = try? Database.openForReading(path, connection: connection),
            let rows = try? database.connection.rows("SELECT records FROM _cliosync_entities")
        else { return nil }
        return rows.reduce(0) { $0 + ($1[0].int ?? 0) }
    }

    private func check(_ file: String, force: Bool) throws(LoadError) {
        do throws(StagingError) {
            guard try !Files.isFolder(file) else {
                throw StagingError(.io, "\(file): is a folder; name a file in it")
            }
            guard try Files.isFolder(Files.parent(of: file)) else {
                throw StagingError(.io, "\(file): its folder is not there; make it first")
            }
            guard try Files.exists(file) else { return }
        } catch {
            throw LoadError(.readOnly, error.description)
        }
        let own = ["", "-wal", "-shm", ".lock"].contains { Self.areSame(database + $0, file) }
        guard !own else {
            throw LoadError(.readOnly, "\(file): is the database itself; name another file")
        }
        guard force else {
            throw LoadError(.readOnly, "\(file): is there already; --force replaces it")
        }
    }

    /// What changes when a process writes a database: its file's size and times, and those of its log.
    private static func stamp(_ path: String) -> [Int] {
        ["", "-wal"].flatMap { suffix -> [Int] in
            var found = stat()
            guard stat(path + suffix, &found) == 0 else { return [] }
            return [Int(found.st_size), found.st_mtim.tv_sec, found.st_mtim.tv_nsec]
        }
    }

    private static func areSame(_ one: String, _ other: String) -> Bool {
        var (left, right) = (stat(), stat())
        return stat(one, &left) == 0 && stat(other, &right) == 0 && left.st_dev == right.st_dev
            && left.st_ino == right.st_ino
    }

    /// An empty file for SQLite to fill, for its owner only.
    private func create(_ path: String, for file: String) throws(LoadError) {
        Self.remove(path)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw LoadError(.readOnly, StagingError.system(file, "be written").description) }
        close(descriptor)
    }

    /// Makes the copy one file for good, and looks what is in it.
    private func finish(_ path: String, as file: String, _ stop: StopSignal) throws -> Report {
        let copy = try SQLiteConnection(path: path, mode: .readWrite)
        copy.stopWaiting { stop.isRequested }
        guard try copy.setPragma("journal_mode", to: "DELETE")?.string == "delete" else {
            throw LoadError(.database, "\(file): SQLite left the copy with a write-ahead log; report this")
        }
        let rows = try copy.rows("SELECT phase, entity, status, records FROM _cliosync_entities ORDER BY phase, entity")
        return Report(
            file: file, bytes: try Files.size(path) ?? 0, records: rows.reduce(0) { $0 + ($1[3].int ?? 0) },
            incomplete: rows.filter { $0[2].string != "complete" }.map {
                "\($0[0].string ?? "")/\($0[1].string ?? "")"
            })
    }

    private func failure(_ error: SQLiteError, _ file: String, _ stop: StopSignal) -> LoadError {
        if stop.isRequested, error.kind != .busy { return LoadError(.stopped, "\(file): stopped; nothing was written") }
        switch error.kind {
        // The database itself is open: what cannot be opened is the copy's journal.
        case .full, .inputOutput, .cannotOpen:
            if StagingError.hasNoInodes(file) {
                return LoadError(
                    .full, "\(file): cannot be written; nothing is left of it; \(StagingError.inodeAdvice)")
            }
            return LoadError(
                .full,
                "\(file): cannot be written (\(error.message)); nothing is left of it; free "
                    + "\(((try? Files.size(database)) ?? 0) >> 20 + 1) MB there, or name another folder")
        default: return LoadError(error, database: database)
        }
    }

    private static func remove(_ path: String) {
        for suffix in ["", "-journal", "-wal", "-shm"] { unlink(path + suffix) }
    }
}
