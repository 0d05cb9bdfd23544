internal import Bytes
internal import Extract
internal import Foundation
internal import Hashing
internal import Jobs
internal import Remote
public import Staging

/// Removes everything of one firm from this machine and leaves a receipt.
///
/// The order makes an interruption harmless: the sync is stopped, the consent revoked, the receipt written, then login and
/// tokens go, so that no command fetches the firm again, then its data. The same call continues.
public struct FirmRemoval: Sendable {
    private let folder: ConnectionFolder
    private let database: String
    private let settings: Settings
    private let stop: StopSignal
    /// Seconds that a running sync has to end after it was asked to stop.
    private static let patience = Duration.seconds(60)

    /// - Throws: `StagingError` when the connection's name is not allowed.
    public init(
        connection: String, staging: String, database: String, settings: Settings, stop: StopSignal
    ) throws(StagingError) {
        folder = try ConnectionFolder(staging: staging, connection: connection)
        self.database = database
        self.settings = settings
        self.stop = stop
    }

    /// What there is of the firm; changes nothing.
    public func inventory() throws -> FirmInventory {
        try FirmInventory(folder, database: database, settings: settings)
    }

    /// Removes all of it.
    /// - Parameters:
    ///   - path: where the receipt goes; nil: into `receipts`.
    ///   - revokes: whether the consent at Clio is revoked, too.
    /// - Throws: a `.locked` error while a process works on the firm and does not stop; `LoginError` when Clio cannot be
    ///   reached: nothing is removed then.
    public func run(receipt path: String?, revokes: Bool) async throws -> (receipt: RemovalReceipt, path: String) {
        if let done = try finished(path) { return done }
        let locks = try await lock()
        defer { for lock in locks { lock.release() } }
        var (path, receipt) = try await begin(path, revokes: revokes)
        if settings.remote != nil {
            // Before the keys of the store may go with the firm's settings. Again after an interruption.
            let stored = RemoteFolder(
                try ObjectStore(settings, stop: stop), folder: folder, host: ProcessInfo.processInfo.hostName)
            receipt.storedObjects = (receipt.storedObjects ?? 0) + (try await stored.removeAll())
            try receipt.write(path)
        }
        // First what was there when the removal began: where that is, other files said that may be gone by now.
        for item in receipt.items { try remove(item) }
        for item in try inventory().items { try remove(item) }
        receipt.state = .done
        receipt.endedAt = UTC.now()
        try receipt.write(path)
        for temporary in try Files.temporaries(of: path) + RemovalReceipt.temporaries(folder.connection) {
            try Files.remove(temporary)
        }
        return (receipt, path)
    }

    /// The receipt of a removal after which there is nothing of the firm: a command that was killed before it said so is given
    /// again.
    private func finished(_ wanted: String?) throws -> (receipt: RemovalReceipt, path: String)? {
        let known =
            try wanted.map { path in try RemovalReceipt.read(path).map { (path, $0) } }
            ?? RemovalReceipt.latest(folder.connection)
        guard let (path, receipt) = known, receipt.connection == folder.connection, receipt.state == .done,
            try inventory().isEmpty
        else { return nil }
        return (receipt, path)
    }

    /// The receipt of the removal that was interrupted, or a new one.
    private func begin(_ wanted: String?, revokes: Bool) async throws -> (String, RemovalReceipt) {
        if let wanted, let known = try RemovalReceipt.read(wanted) {
            guard known.connection == folder.connection, known.state == .begun else {
                throw ConfigurationError("\(wanted): is there already; name another file with --receipt")
            }
            return (wanted, known)
        }
        if wanted == nil, let open = try RemovalReceipt.latest(folder.connection), open.receipt.state == .begun {
            return open
        }
        let inventory = try inventory()
        guard !inventory.isEmpty else {
            throw ConfigurationError("there is nothing of the connection \(folder.connection) in this folder")
        }
        let firm = try JobStore.openExisting(path: folder.jobDatabase)?.account().flatMap { Account(json: $0) }?.firm
        let consent = revokes ? try await revoke() : "left alone"
        let begun = UTC.now()
        let receipt = RemovalReceipt(
            connection: folder.connection, firm: firm, begunAt: begun, consent: consent,
            items: try inventory.items.map { item in
                var item = item
                item.sha256 = try digest(item)
                return item
            }, remaining: inventory.remaining)
        let path = wanted ?? RemovalReceipt.path(connection: folder.connection, begunAt: begun)
        try receipt.write(path)
        return (path, receipt)
    }

    /// Ends the sync of the firm and keeps others from beginning one.
    private func lock() async throws -> [FileLock] {
        guard try Files.exists(folder.path) else { return [] }
        if let store = try JobStore.openExisting(path: folder.jobDatabase) {
            for job in try store.jobs(connection: folder.connection) where job.status.isActive {
                try store.request(.stop, job: job.id)
            }
        }
        let end = ContinuousClock.now + Self.patience
        while true {
            do {
                return try takeLocks()
            } catch let error as StagingError {
                guard error.code == .locked, !stop.isRequested, ContinuousClock.now < end else { throw error }
                try await Task.sleep(for: .milliseconds(200))
            }
        }
    }

    private func takeLocks() throws -> [FileLock] {
        var locks: [FileLock] = []
        do {
            locks.append(try FileLock.exclusive(folder.runLock, holder: "forget"))
            for phase in try Files.names(in: folder.path) where try Files.isFolder("\(folder.path)/\(phase)/raw") {
                for layer in ["raw", "clean"] {
                    locks.append(try FileLock.exclusive(folder.lock(phase: phase, layer: layer), holder: "forget"))
                }
            }
            if try Files.exists(database) {
                locks.append(try FileLock.exclusive(database + ".lock", holder: "forget"))
            }
            return locks
        } catch {
            for lock in locks { lock.release() }
            throw error
        }
    }

    /// - Returns: what happened, for the receipt.
    private func revoke() async throws -> String {
        guard let credentials = try? Credentials(settings, connection: folder.connection) else {
            return "there was no token to revoke"
        }
        do {
            let server = try AuthorizationServer(
                baseURL: credentials.baseURL, clientID: "", clientSecret: "",
                timeout: Double(settings.requestTimeoutMilliseconds) / 1000)
            return try await server.revoke(credentials.accessToken)
                ? "revoked at \(credentials.baseURL)" : "\(credentials.baseURL) did not accept the token any more"
        } catch {
            throw LoginError(
                .unreachable,
                "\(error.description); nothing was removed: try again, or use --local to leave the consent at Clio alone"
            )
        }
    }

    private func remove(_ item: FirmInventory.Item) throws {
        switch item.kind {
        case .settings where item.files == 0:
            for path in item.paths { try EnvFileTokens.remove(from: path) }
        case .staged:
            let discarded = FirmInventory.discarded(folder)
            try Files.remove(discarded)
            // Renamed in one step, so that no command meets half of a firm.
            if try Files.exists(folder.path) { try Files.rename(folder.path, to: discarded) }
            try Files.remove(discarded)
        case .database, .export, .login, .budget, .settings:
            for path in item.paths { try Files.remove(path) }
        }
    }

    /// The SHA-256 of a file, or of the list of files.
    private func digest(_ item: FirmInventory.Item) throws -> String {
        if item.kind == .settings, item.files == 0 {
            return SHA256.hex(try item.paths.flatMap { try EnvFileTokens.lines($0) }.joined(separator: "\n"))
        }
        let files = try item.paths.flatMap { try FirmInventory.files(below: $0) }
        if files.count == 1 { return try Self.digest(files[0]) }
        return SHA256.hex(try files.sorted().map { "\(try Self.digest($0))  \($0)\n" }.joined())
    }

    private static func digest(_ path: String) throws -> String {
        // Mapped: an archive of a large firm is many gigabytes.
        let data = try Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped)
        return SHA256.hex(data.withUnsafeBytes { SHA256.hash($0) })
    }
}
