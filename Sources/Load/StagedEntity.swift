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
        account = manifest.header.account ?? raw?.account
        asOf = raw?.completion?.at
        guard let raw, raw.completion?.status == .complete, raw.parts.allSatisfy({ $0.sealed || $0.records == 0 })
        else {
            isComplete = false
            return
        }
        isComplete = try manifest.staleness(raw) == nil
    }

    /// Its parts as work for the loader, but those that are done.
    /// - Throws: when the files of one are not whole.
    func work(bit: Int64, done: Set<String> = []) throws -> [PartWork] {
        try manifest.parts.filter { !done.contains($0.part) }.map { part in
            if let file = try part.damagedFile() {
                throw LoadError(
                    .staging,
                    "\(file.shownPath): is missing or cut off; run `cliosync transform --phase \(entity.phase) "
                        + "--entity \(entity.name)`, then load again")
            }
            return PartWork(
                phase: entity.phase, entity: entity.name, part: part, generation: manifest.header.generation,
                rawGeneration: manifest.header.rawGeneration, bit: bit)
        }
    }
}
