internal import Bytes
internal import Extract
internal import Load
internal import Foundation
internal import Jobs
internal import Pipelines
internal import Progress
internal import Staging

/// Everything that this machine has of one firm, as far as the project folder knows.
public struct FirmInventory: Sendable, Equatable {
    /// One kind of thing.
    public struct Item: Codable, Sendable, Equatable {
        /// What it is.
        public let kind: Kind
        /// The files or folders.
        public let paths: [String]
        /// Files in it.
        public let files: Int
        /// Their bytes.
        public let bytes: Int
        /// Records or rows in it; nil where it has none.
        public let records: Int?
        /// SHA-256 of its content; nil in a preview. For a folder: of the lines `SHA-256, two spaces, path`, sorted by path, as
        /// `sha256sum` writes them.
        public var sha256: String?
    }

    /// What a firm leaves on a machine.
    public enum Kind: String, Codable, Sendable, CaseIterable {
        /// The staged files, decisions, job record and history.
        case staged
        /// The database and the files beside it.
        case database
        /// A copy that `cliosync export` made.
        case export
        /// The token files of its login.
        case login
        /// `connections/FIRM.env`, or the tokens in `.env`.
        case settings
        /// What its token spent of the rate limit.
        case budget
    }

    /// The connection.
    public let connection: String
    /// What there is, in the order in which it is removed: first what could fetch the firm again.
    public internal(set) var items: [Item]
    /// What a person must do: tokens in the environment, exports that were moved.
    public let remaining: [String]

    /// Whether there is nothing of the firm: a token's share of the rate limit may be another connection's, too.
    public var isEmpty: Bool { items.allSatisfy { $0.kind == .budget } }
}

extension FirmInventory {
    /// Looks at the files; changes nothing.
    init(
        _ folder: ConnectionFolder, database: String, settings: Settings, files logins: LoginFiles? = LoginFiles()
    ) throws {
        connection = folder.connection
        var items: [Item] = []
        var remaining: [String] = []
        func add(_ kind: Kind, _ paths: [String], records: Int? = nil) throws {
            let found = try paths.flatMap { try [$0] + Files.temporaries(of: $0) }.filter { try Files.exists($0) }
            guard !found.isEmpty else { return }
            let content = try found.flatMap { try Self.files(below: $0) }
            items.append(
                Item(
                    kind: kind, paths: found, files: content.count,
                    bytes: try content.reduce(0) { $0 + (try Files.size($1) ?? 0) }, records: records))
        }
        let store = try JobStore.openExisting(path: folder.jobDatabase)
        var tokens: [(origin: String, token: String)] = []
        if let token = settings.accessToken { tokens.append((settings.baseURL, token)) }
        if let logins {
            let marks = Set(try store?.usedTokens().map(\.mark) ?? [])
            let paths = try [logins.login(connection)] + logins.renewed(marks: marks, settings)
            for path in paths {
                guard let file = try? TokenFile.read(path) else { continue }
                tokens.append((file.baseURL, file.accessToken))
            }
            try add(.login, paths)
            if try Files.exists(logins.earlierLogin(connection)) {
                remaining.append(
                    "\(logins.earlierLogin(connection)): a login of an earlier version, of whichever folder; delete it if it is "
                        + "this firm's")
            }
        }
        try add(
            .budget,
            tokens.compactMap { token in
                RequestBudget.file(token: token.token, baseURL: token.origin, in: ExtractSettings.sharedBudgetFolder())
            })
        if connection == "default" {
            let lines = try EnvFileTokens.lines(".env")
            if !lines.isEmpty {
                let bytes = lines.reduce(0) { $0 + $1.utf8.count }
                items.append(Item(kind: .settings, paths: [".env"], files: 0, bytes: bytes, records: lines.count))
            }
            try add(.settings, Files.temporaries(of: ".env"))
        } else {
            try add(.settings, ["\(Connections.folder)/\(connection).env"])
        }
        if let source = settings.tokenSource, source != ".env", source != "\(Connections.folder)/\(connection).env" {
            remaining.append("CLIO_ACCESS_TOKEN is set in \(source); remove it there")
        }
        remaining += MachineTraces.lines(of: connection)
        for database in try Self.databases(database, store, connection) {
            try add(
                .database,
                ["", "-wal", "-shm", "-journal", ".lock"].map { database + $0 } + [
                    DatasetteMetadata.path(database: database)
                ],
                records: DatabaseExport.rows(of: database, connection: connection))
        }
        for path in try ExportLog(folder).paths() {
            let rows = DatabaseExport.rows(of: path, connection: connection)
            if try rows != nil || !Files.temporaries(of: path).isEmpty {
                try add(.export, rows == nil ? Files.temporaries(of: path) : [path], records: rows)
            } else {
                remaining.append("\(path): an export was written there, and is not there any more; delete the copy")
            }
        }
        try add(.staged, [folder.path, Self.discarded(folder)], records: try Self.records(folder))
        self.items = items
        self.remaining = remaining
    }

    /// The database of the settings, and others that runs wrote and that hold this connection's rows.
    private static func databases(_ own: String, _ store: JobStore?, _ connection: String) throws -> [String] {
        switch DatabaseCheck.owner(own) {
        case .connection(connection), nil: break
        case .connection(let other):
            throw ConfigurationError("\(own): is the database of \(other); give --database the one of \(connection)")
        case .anotherProgram:
            throw ConfigurationError("\(own): was not made by cliosync; give --database the one of \(connection)")
        }
        func place(_ path: String) -> String { URL(fileURLWithPath: path).standardizedFileURL.path }
        var (paths, seen) = ([own], Set([place(own)]))
        for job in try store?.jobs(connection: connection) ?? [] {
            for path in try store?.activities(job: job.id).map(\.database) ?? []
            where seen.insert(place(path)).inserted
                && DatabaseExport.rows(of: path, connection: connection) != nil
            {
                paths.append(path)
            }
        }
        return paths
    }

    /// Where the staged files are while they are deleted.
    static func discarded(_ folder: ConnectionFolder) -> String {
        Files.parent(of: folder.path) + "/.forgotten-" + folder.connection
    }

    /// Records in the raw layers.
    private static func records(_ folder: ConnectionFolder) throws -> Int {
        var records = 0
        for phase in try Files.names(in: folder.path) where try Files.isFolder("\(folder.path)/\(phase)/raw") {
            for entity in try Files.names(in: "\(folder.path)/\(phase)/raw") where !entity.hasPrefix(".") {
                records += try RawManifest.read(folder.entity(phase: phase, name: entity))?.records ?? 0
            }
        }
        return records
    }

    /// All files of a folder, or the file itself; links are not followed.
    static func files(below path: String) throws(StagingError) -> [String] {
        let kind = try? FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType
        guard kind != .typeSymbolicLink else { return [] }
        guard try Files.isFolder(path) else { return [path] }
        var found: [String] = []
        for name in try Files.names(in: path).sorted() { found += try files(below: "\(path)/\(name)") }
        return found
    }
}
