internal import Pipelines
internal import Staging

/// Whether the staged layers are current, so that what the database was made from can be compared with it. Looked at before
/// anything is read.
struct LayerCurrency {
    private let staged: StagedLayers
    private let fingerprints: [String: String]
    private let coming: Set<String>

    init(_ staged: StagedLayers, fingerprints: [String: String], coming: Set<String>) {
        self.staged = staged
        self.fingerprints = fingerprints
        self.coming = coming
    }

    /// A failed check for each layer that is out of date, of the entities and of all that feed their tables.
    func problems(_ entities: [Entity]) throws -> [VerifyReport.Check] {
        var problems = try entities.compactMap { try problem($0, mayBeUnfinished: false) }
        var tables: Set<String> = []
        for entity in entities where tables.insert(entity.table.name).inserted {
            for feeder in staged.sources(ofTable: entity.table.name)
            where !entities.contains(where: { $0.phase == feeder.phase && $0.name == feeder.name })
                && !coming.contains(feeder.phase + "/" + feeder.name)
            {
                if let problem = try problem(feeder, mayBeUnfinished: true) { problems.append(problem) }
            }
        }
        return problems
    }

    /// - Parameter mayBeUnfinished: what is not transformed yet of another phase is no fault of this one.
    private func problem(_ entity: Entity, mayBeUnfinished: Bool) throws -> VerifyReport.Check? {
        let (phase, name) = (entity.phase, entity.name)
        try staged.lock(phase)
        let place = staged.folder.entity(phase: phase, name: name)
        guard let result = try ResultManifest.read(place) else {
            guard try ResultManifest.isNamed(place) else { return nil }
            return stale(entity, 1, 0, "layers with a manifest; it is gone or empty")
        }
        guard let raw = try staged.raw(entity) else {
            return VerifyReport.Check(
                phase, name, "complete", 1, 0,
                "the extract is gone, and what is transformed was made from it: run `cliosync extract --phase \(phase) "
                    + "--entity \(name)`, then `cliosync transform --phase \(phase) --entity \(name)`, then load")
        }
        switch try result.staleness(raw, fingerprint: fingerprints[phase + "/" + name]) {
        case nil: return nil
        case .unfinished(let records):
            guard !mayBeUnfinished else { return nil }
            return stale(
                entity, result.records + records, result.records, "records of the extract, records that are transformed"
            )
        case let staleness?:
            return stale(entity, 1, 0, "layers that are current; what is transformed \(staleness.text)")
        }
    }

    private func stale(_ entity: Entity, _ expected: Int, _ actual: Int, _ what: String) -> VerifyReport.Check {
        VerifyReport.Check(
            entity.phase, entity.name, "transformed", expected, actual,
            "\(what): run `cliosync transform --phase \(entity.phase)`, then load")
    }
}
