internal import Foundation
public import Load
public import Pipelines
public import Staging
public import Transform

/// What transform and load would change under the present pipelines, before anything is written.
public struct StagedDiff: Sendable {
    /// What would change for one entity.
    public struct Difference: Sendable {
        /// The table that the pipeline file names.
        public let table: String
        /// In the layers.
        public let layers: LayerDifference
        /// In the declarations of its tables; nil when the database does not have them yet.
        public let schema: SchemaDifference?
        /// Whether there is a raw layer at all.
        public let isExtracted: Bool

        /// Whether neither transform nor load would change anything.
        public var isEmpty: Bool { layers.isEmpty && (schema?.isEmpty ?? true) }
    }

    private let folder: ConnectionFolder
    private let database: String

    /// - Throws: `StagingError` when the connection's name is not allowed, `ConfigurationError` when nothing is staged.
    public init(staging: String, connection: String, database: String) throws {
        folder = try .existing(staging: staging, connection: connection)
        self.database = database
    }

    /// Compares one entity. Blocks; call it from a thread of your own.
    public func compare(_ entity: Entity, stop: StopSignal) throws -> Difference {
        let lock = try FileLock.shared(folder.lock(phase: entity.phase, layer: "clean"))
        defer { lock.release() }
        let place = folder.entity(phase: entity.phase, name: entity.name)
        return Difference(
            table: entity.table.name,
            layers: try LayerComparison.compare(
                entity, in: folder, workers: ProcessInfo.processInfo.activeProcessorCount, stop: stop),
            schema: try SchemaDifference.of(entity, database: database),
            isExtracted: try RawManifest.read(place) != nil)
    }
}
