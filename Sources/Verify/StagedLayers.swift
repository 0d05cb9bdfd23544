internal import Pipelines
internal import Staging

/// The staged layers that a verification reads: all checks look at the same manifests, and no clean layer is replaced
/// meanwhile. Not Sendable.
final class StagedLayers {
    let catalog: Catalog
    let folder: ConnectionFolder
    /// What is verified, and what else was loaded into this database, as "phase/entity".
    private var included: Set<String> = []
    /// Raw manifests, as they were when they were first needed.
    private var manifests: [String: RawManifest?] = [:]
    private var locks: [String: FileLock] = [:]

    init(_ catalog: Catalog, _ folder: ConnectionFolder) {
        self.catalog = catalog
        self.folder = folder
    }

    deinit { for lock in locks.values { lock.release() } }

    /// Adds lists whose records are compared, as "phase/entity".
    func include(_ lists: [String]) { included.formUnion(lists) }

    /// The entities whose records a table should hold: a phase that is staged but not loaded into this database is not
    /// missing in it, unless it is verified itself.
    func sources(ofTable name: String) -> [Entity] {
        catalog.feeders(ofTable: name).filter { included.contains($0.phase + "/" + $0.name) }
    }

    /// The raw manifest of an entity.
    func raw(_ entity: Entity) throws(StagingError) -> RawManifest? {
        let key = entity.phase + "/" + entity.name
        if let known = manifests[key] { return known }
        let manifest = try RawManifest.read(folder.entity(phase: entity.phase, name: entity.name))
        manifests[key] = .some(manifest)
        return manifest
    }

    /// Keeps transform from replacing the clean layer of a phase while it is read.
    func lock(_ phase: String) throws(StagingError) {
        guard locks[phase] == nil else { return }
        locks[phase] = try FileLock.shared(folder.lock(phase: phase, layer: "clean"))
    }
}
