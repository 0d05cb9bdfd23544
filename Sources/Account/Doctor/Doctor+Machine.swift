internal import Extract
internal import Foundation
internal import Gzip
internal import Load
internal import Pipelines
internal import Staging
internal import Tables

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Checks that need no network.
extension Doctor {
    func checkLibraries(_ report: inout DoctorReport) {
        // STRICT tables came with 3.37.
        if DatabaseCheck.sqliteVersionNumber < 3_037_000 {
            report.fail(
                "libraries", "SQLite \(DatabaseCheck.sqliteVersion) is too old", "install SQLite 3.37 or later")
        } else if !DatabaseCheck.hasFullTextSearch {
            report.warn(
                "libraries", "SQLite \(DatabaseCheck.sqliteVersion) has no full-text search (FTS5)",
                "install a SQLite with FTS5, or remove the `search` keys from the pipeline files")
        } else {
            report.ok("libraries", "SQLite \(DatabaseCheck.sqliteVersion), with FTS5")
        }
        if let tls = ClioLibraries.tls {
            report.ok("libraries", "\(ClioLibraries.http), TLS by \(tls)")
        } else {
            report.fail(
                "libraries", "\(ClioLibraries.http) has no TLS", "install a libcurl with TLS (Debian: libcurl4)")
        }
        report.ok("libraries", "zlib \(GzipLibrary.version)")
    }

    func checkPermissions(_ report: inout DoctorReport) {
        checkFolder("staging", FolderProbe(staging, .staging), staging, &report)
        let parent = Files.parent(of: database)
        checkFolder("database", FolderProbe(parent, .database), parent, &report)
        var secret = [envFile ?? ".env", database, staging + "/" + connection]
        if let file = Connections.settingsFile(connection) { secret.append(file) }
        if let files = LoginFiles() { secret.append(files.login(connection)) }
        for path in secret { checkMode(path, &report) }
    }

    /// The folder, or the one in which it will be made, supports what a sync needs.
    private func checkFolder(_ check: String, _ probe: FolderProbe, _ path: String, _ report: inout DoctorReport) {
        do throws(StagingError) {
            try probe.check()
            let place = probe.place
            let works = check == "staging" ? "locks, renames and links work" : "locks and shared memory work"
            let state = place == path ? "can be written" : "will be made in \(place)"
            report.ok(check, "\(path): \(state); \(works)")
        } catch {
            report.fail(check, error.description, "choose another place with --\(check)")
        }
    }

    /// What holds tokens or clients' data is for its owner only.
    private func checkMode(_ path: String, _ report: inout DoctorReport) {
        var status = stat()
        guard stat(path, &status) == 0 else { return }
        let wanted = status.st_mode & S_IFMT == S_IFDIR ? "700" : "600"
        if status.st_mode & 0o077 == 0 {
            report.ok("permissions", "\(path): for its owner only")
        } else {
            report.warn(
                "permissions",
                "\(path): other users of this machine may read it (mode \(String(status.st_mode & 0o777, radix: 8)))",
                "chmod \(wanted) \(path)")
        }
    }

    /// Bytes of SQLite per record, with indexes and child rows: measured on the simulator's firms.
    private static let databaseBytesPerRecord = 1100

    /// - Parameter records: what Clio counts, if it was asked.
    func checkDisk(_ records: Int?, _ report: inout DoctorReport) {
        let folder = (database as NSString).deletingLastPathComponent
        // Staged files of all layers take about as much as the database.
        let needed = (records ?? 0) * Self.databaseBytesPerRecord
        var seen: Set<String> = []
        for path in [staging, folder.isEmpty ? "." : folder] {
            var place = path
            while (try? Files.exists(place)) == false, place != "/", place != "." {
                place = (place as NSString).deletingLastPathComponent
                if place.isEmpty { place = "." }
            }
            guard let free = Files.freeSpace(place), seen.insert("\(free / 1_000_000)").inserted else { continue }
            let gigabytes = Self.gigabytes
            let both = "\(path): \(gigabytes(free)) free"
            if free < max(100_000_000, needed) {
                report.fail(
                    "disk", both + (needed > free ? ", about \(gigabytes(needed)) will be needed" : ""),
                    "free some space, or choose another disk with --staging and --database")
            } else if free < max(1_000_000_000, needed * 2) {
                report.warn(
                    "disk", both + (needed > 0 ? ", about \(gigabytes(needed * 2)) for files and database" : ""),
                    "free some space before the historical phase")
            } else {
                report.ok("disk", both + (needed > 0 ? ", about \(gigabytes(needed * 2)) will be needed" : ""))
            }
        }
    }

    static func gigabytes(_ bytes: Int) -> String {
        bytes < 1_000_000_000 ? "\(bytes / 1_000_000) MB" : String(format: "%.1f GB", Double(bytes) / 1e9)
    }

    func checkDatabase(_ report: inout DoctorReport) async {
        let (path, name) = (database, connection)
        let result: Result<DatabaseCheck.Finding, LoadError> = await withCheckedContinuation { continuation in
            DispatchQueue(label: "cliosync.doctor").async {
                continuation.resume(
                    returning: Result { () throws(LoadError) in try DatabaseCheck.look(path, connection: name) })
            }
        }
        switch result {
        case .success(.absent): report.ok("database", "\(path): is not there yet; the first load makes it")
        case .success(.ours(let tables, let bytes, let wasChecked)):
            report.ok(
                "database",
                "\(path): \(tables) tables, \(Self.gigabytes(bytes))"
                    + (wasChecked ? ", sound" : "; too large to be read through here, `cliosync verify` does"))
        case .failure(let error) where error.code == .locked:
            report.warn("database", error.description, "wait for it to end")
        case .failure(let error):
            report.fail("database", error.description, "see docs/operations.md, Troubleshooting")
        }
    }

    /// Another process at work on the same files.
    func checkLocks(_ catalog: Catalog?, _ report: inout DoctorReport) {
        let folder: ConnectionFolder
        do throws(StagingError) {
            folder = try ConnectionFolder(staging: staging, connection: connection)
        } catch {
            return report.fail("connection", error.description, "choose another name for --connection")
        }
        var isFree = true
        for phase in catalog?.phases ?? [] {
            for layer in ["raw", "clean"] {
                let path = folder.lock(phase: phase.name, layer: layer)
                guard (try? Files.exists(path)) != false else { continue }
                do throws(StagingError) {
                    try FileLock.shared(path).release()
                } catch {
                    isFree = false
                    report.warn("locks", error.description, "cliosync status")
                }
            }
        }
        if isFree { report.ok("locks", "no other process is at work on \(folder.path)") }
    }
}
