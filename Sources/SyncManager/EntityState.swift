internal import Pipelines
internal import Staging

/// How far one entity is, read from its manifests: the files are the truth, the job record is its copy.
struct EntityState {
    let entity: Entity
    let raw: RawManifest?
    let result: ResultManifest?

    init(_ entity: Entity, in folder: ConnectionFolder) throws(StagingError) {
        self.entity = entity
        let place = folder.entity(phase: entity.phase, name: entity.name)
        raw = try RawManifest.read(place)
        result = try ResultManifest.read(place)
    }

    /// Clio's own count: taken at the end, else the latest that came with a page of the whole list. The other streams' pages
    /// count what a filter leaves.
    var expected: Int? {
        raw?.completion?.expected
            ?? raw?.pages.last { $0.reportedTotal != nil && $0.stream.isList }?
            .reportedTotal
    }

    /// Whether the clean layer holds every record of the raw one, and is up to date.
    func isTransformed() throws(StagingError) -> Bool {
        guard let raw, let result else { return false }
        return try result.isCurrent(raw)
    }
}
