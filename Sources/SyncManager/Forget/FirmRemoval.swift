internal import Extract
internal import Foundation
internal import Hashing
internal import Jobs
public import Logging
public import Staging

/// Removes everything of one firm from this machine and leaves a receipt.
///
/// The order makes an interruption harmless: the sync is stopped, the consent revoked, the receipt written, then login and
/// tokens go, so that no command fetches the firm again, then its data. The same call continues.
public struct FirmRemoval: Sendable {
    private let configuration: SyncConfiguration
    private let logger: Logger
    private let stop: StopSignal
    private let folder: ConnectionFolder
    /// Seconds that a running sync has to end after it was asked to stop.
    private static let patience = 60.0

    /// - Throws: `StagingError` when the connection's name is not allowed.
    public init(_ configuration: SyncConfiguration, logger: Logger, stop: StopSignal) throws {
        self.configuration = configuration
        self.logger = logger
        self.stop = stop
        folder = try ConnectionFolder(staging: configuration.staging, connection: configuration.connection)
    }

    /// What there is of the firm; changes nothing.
    public func inventory() throws -> FirmInventory { try FirmInventory(configuration) }

    /// Removes all of it.
    /// - Parameters:
    ///   - path: where the receipt goes; nil: into `receipts`.
    ///   - revokes: whether the consent at Clio is revoked, too.
    /// - Throws: a `.locked` error while a process works on the firm and does not stop; `LoginError` when Clio cannot be
    ///   reached: nothing is removed then.
    public func run(receipt path: String?, revokes: Bool) async throws -> (receipt: RemovalReceipt, path: String) {
        let locks = try await lock()
        defer { for lock in locks { lock.release() } }
        var (path, receipt) = try await begin(path, revokes: revokes)
        if configuration.settings.remote != nil {
            // Before the keys of the store may go with the firm's settings. Again after an interruption.
            let removed = try await RemoteSync(configuration, phases: [], stop: stop).removeAll()
            receipt.storedObjects = (receipt.storedObjects ?? 0) + removed
            try receipt.write(path)
        }
        for item in try inventory().items { try remove(item) }
        // An export that was listed when the removal began, and whose log is gone with the staged files.
        for item in receipt.items where item.kind == .export { try remove(item) }
        receipt.state = .done
        receipt.endedAt = UTC.now()
        try receipt.write(path)
        return (receipt, path)
    }

    /// The receipt of the removal that was interrupted, or a new one.
    private func begin(_ wanted: String?, revokes: Bool) async throws -> (String, RemovalReceipt) {
        if let wanted, let known = try RemovalReceipt.read(wanted) {
            guard known.connection == configuration.connection, known.state == .begun else {
                throw ConfigurationError("\(wanted): is there already; name another file with --receipt")
            }
            return (wanted, known)
        }
        if wanted == nil, let open = try RemovalReceipt.open(configuration.connection) { return open }
        let inventory = try inventory()
        guard !inventory.isEmpty else {
            throw ConfigurationError("there is nothing of the connection \(configuration.connection) in this folder")
        }
        let firm = try JobStore.openExisting(path: folder.jobDatabase)?.account().flatMap { Account(json: $0) }?.firm
        let consent = revokes ? try await revoke() : "left alone"
        let begun = UTC.now()
        let receipt = RemovalReceipt(
            connection: configuration.connection, firm: firm, begunAt: begun, consent: consent,
            items: try inventory.items.map { item in
                var item = item
                item.sha256 = try digest(item)
                return item
            }, remaining: inventory.remaining)
        let path = wanted ?? RemovalReceipt.path(connection: configuration.connection, begunAt: begun)
        try receipt.write(path)
        return (path, receipt)
    }

    /// Ends the sync of the firm and keeps others from beginning one.
    private func lock() async throws -> [FileLock] {
        guard try Files.exists(folder.path) else { return [] }
        if let store = try JobStore.openExisting(path: folder.jobDatabase) {
            for job in try store.jobs(connection: configuration.connection) where job.status.isActive {
                try store.request(.stop, job: job.id)
            }
        }
        let end = Date().timeIntervalSince1970 + Self.patience
        while true {
            do {
                return try takeLocks()
            } catch let error as StagingError {
                guard error.code == .locked, !stop.isRequested, Date().timeIntervalSince1970 < end else { throw error }
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
            if try Files.exists(configuration.database) {
                locks.append(try FileLock.exclusive(configuration.database + ".lock", holder: "forget"))
            }
            return locks
        } catch {
            for lock in locks { lock.release() }
            throw error
        }
    }

    /// - Returns: what happened, for the receipt.
    private func revoke() async throws -> String {
        guard let credentials = try? Credentials(configuration.settings, connection: configuration.connection) else {
            return "there was no token to revoke"
        }
        do {
            let server = try AuthorizationServer(
                baseURL: credentials.baseURL, clientID: "", clientSecret: "",
                timeout: Double(configuration.settings.requestTimeoutMilliseconds) / 1000)
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
