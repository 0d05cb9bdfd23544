internal import Pipelines
internal import Staging
internal import Tables

extension StagedEntity {
    /// Its parts as work for the loader.
    func work(bit: Int64) -> [PartWork] {
        manifest.parts.map { part in
            PartWork(
                phase: entity.phase, entity: entity.name, part: part, generation: manifest.header.generation,
                rawGeneration: manifest.header.rawGeneration, bit: bit)
        }
    }
}
