package import Pipelines
package import Staging

/// The clean layer of an entity, compared with what was extracted.
package struct StagedEntity {
    package let entity: Entity
    package let manifest: ResultManifest
    /// The extract is complete, and all of it is transformed.
    package let isComplete: Bool
    /// The account that the records are from; nil in layers of earlier versions and of imports.
    package let account: Account?
    /// When the extract was complete.
    package let asOf: String?

    /// nil when transform has not run.
    package init?(_ entity: Entity, _ folder: ConnectionFolder) throws(StagingError) {
        let place = folder.entity(phase: entity.phase, name: entity.name)
        guard let manifest = try ResultManifest.read(place) else { return nil }
        self.entity = entity
        self.manifest = manifest
        let raw = try RawManifest.read(place)
        account = manifest.header.account ?? raw?.account
        asOf = raw?.completion?.asOf
        guard let raw, raw.completion?.status == .complete, raw.parts.allSatisfy({ $0.sealed || $0.records == 0 })
        else {
            isComplete = false
            return
        }
        isComplete = try manifest.staleness(raw) == nil
    }
}
