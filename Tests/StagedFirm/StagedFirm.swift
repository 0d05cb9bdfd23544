internal import Account
internal import Foundation
internal import Inspection
internal import Logging
public import Pipelines
public import Staging
public import SyncManager

/// A firm in a temporary folder, staged from lines of JSON through the real import, transform and load.
public final class StagedFirm: Sendable {
    /// The temporary folder; it goes with the object.
    public let root: String
    /// The connection's name.
    public let connection: String
    /// The folder of the staged files.
    public var staging: String { root + "/staging" }
    /// The database.
    public var database: String { root + "/firm.sqlite" }
    /// The folder of the pipeline files.
    public var pipelines: String { root + "/pipelines" }

    /// Makes the folder and writes the pipeline files into it, in the order of the phases.
    public init(connection: String = "firm", pipelines: [String] = SmallPipelines.all) throws {
        self.connection = connection
        // In memory where there is such a folder: these tests are not about what outlives a loss of power.
        let memory = "/dev/shm"
        root =
            (FileManager.default.isWritableFile(atPath: memory) ? memory : NSTemporaryDirectory())
            + "/firm-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: root + "/pipelines", withIntermediateDirectories: true)
        for (phase, text) in zip(["core", "supporting", "historical"], pipelines) {
            try write(text, to: "pipelines/\(phase).yaml")
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: root) }

    /// The pipeline files as they are now.
    public var catalog: Catalog { get throws { try Catalog.load(folder: pipelines) } }

    /// Some of the phases and entities; all of them without arguments.
    public func selection(phases: [String] = [], entities: [String] = []) throws -> Selection {
        try Selection(catalog, phases: phases, entities: entities)
    }

    /// The entity with this name.
    public func entity(_ name: String) throws -> Entity {
        guard let entity = try catalog.entities.first(where: { $0.name == name }) else { throw Missing(what: name) }
        return entity
    }

    /// Where an entity's staged files are.
    public func place(_ name: String) throws -> EntityFolder {
        try ConnectionFolder(staging: staging, connection: connection).entity(
            phase: entity(name).phase, name: name)
    }

    /// Writes a file into the folder and returns its path.
    @discardableResult
    public func write(_ text: String, to name: String) throws -> String {
        let path = "\(root)/\(name)"
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        return path
    }

    /// Replaces a text in the pipeline files, as somebody with an editor does.
    public func edit(_ old: String, to new: String) throws {
        var found = false
        for name in try FileManager.default.contentsOfDirectory(atPath: pipelines) {
            let text = try String(contentsOfFile: "\(pipelines)/\(name)", encoding: .utf8)
            guard text.contains(old) else { continue }
            found = true
            try write(text.replacing(old, with: new), to: "pipelines/\(name)")
        }
        guard found else { throw Missing(what: old) }
    }

    /// Imports lines as the raw layer of an entity.
    /// - Returns: how many records were imported.
    @discardableResult
    public func stage(_ name: String, _ lines: [String], force: Bool = false) async throws -> Int {
        let file = try write(lines.joined(separator: "\n") + "\n", to: "\(name).ndjson")
        return try await StagedImport(staging: staging, connection: connection).run(
            entity(name), file: file, force: force, stop: StopSignal())
    }

    /// A manager of this firm.
    public func manager(
        environment: [String: String] = [:], stop: StopSignal = StopSignal(), board: ProgressBoard = ProgressBoard()
    ) throws -> SyncManager {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return try SyncManager(
            SyncConfiguration(
                connection: connection, staging: staging, database: database,
                settings: Settings(environment: environment, envFile: "/dev/null")),
            catalog: catalog, logger: logger, board: board, stop: stop)
    }

    /// Runs local stages.
    @discardableResult
    public func run(
        _ stages: [Stage] = [.transform, .load, .verify], phases: [String] = [], entities: [String] = [],
        force: Bool = false, limits: RunLimits = RunLimits()
    ) async throws -> RunReport {
        try await manager().runStages(
            stages, selection: selection(phases: phases, entities: entities), force: force, limits: limits)
    }

    /// Something that a test asked for is not there.
    public struct Missing: Error {
        /// What it asked for.
        public let what: String
    }
}
