internal import Pipelines
internal import Staging
internal import Tables

extension StagedEntity {
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
