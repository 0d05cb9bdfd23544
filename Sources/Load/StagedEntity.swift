internal import Pipelines
internal import Staging

/// The clean layer of an entity, and how it stands to what was extracted.
struct StagedEntity {
    let entity: Entity
    let manifest: ResultManifest
    /// The extract is complete, and all of it is transformed.
    let isComplete: Bool
    /// The account that the records are from; nil in layers of earlier versions and of imports.
    let account: Account?
    /// When the extract was complete.
    let asOf: String?

    /// nil when transform has not run.
    init?(_ entity: Entity, _ folder: ConnectionFolder) throws(StagingError) {
        let place = folder.entity(phase: entity.phase, name: entity.name)
        guard let manifest = try ResultManifest.read(place) else { return nil }
        self.entity = entity
        self.manifest = manifest
        let raw = try RawManifest.read(place)
        let transformed = Set(manifest.parts.map(\.part))
        account = manifest.header.account ?? raw?.account
        asOf = raw?.completion?.at
        isComplete =
            raw.map { raw in
                raw.completion?.status == .complete && raw.header.generation == manifest.header.rawGeneration
                    && raw.parts.allSatisfy { $0.records == 0 || transformed.contains($0.name) }
            } ?? false
    }

    /// Its parts as work for the loader.
    func work(bit: Int64) -> [PartWork] {
        manifest.parts.map { part in
            PartWork(
                phase: entity.phase, entity: entity.name, part: part, generation: manifest.header.generation,
                rawGeneration: manifest.header.rawGeneration, bit: bit)
        }
    }
}
