internal import Bytes
internal import JSON
internal import Load
public import Pipelines
internal import Staging
internal import Transform

/// Flagged records and what people decide about them.
public struct Review: Sendable {
    let folder: ConnectionFolder
    let catalog: Catalog
    let file: DecisionFile

    /// A review of one connection's staged files.
    /// - Throws: `StagingError` when the connection's name is not allowed, `ConfigurationError` when nothing is staged.
    public init(staging: String, connection: String, catalog: Catalog) throws {
        folder = try .existing(staging: staging, connection: connection)
        self.catalog = catalog
        file = DecisionFile(folder)
    }

    /// The entities with this name, one per phase that has it.
    func entities(named name: String, phases: [String] = []) throws(ConfigurationError) -> [Entity] {
        let all = catalog.entities.filter { $0.name == name }
        guard !all.isEmpty else { throw ConfigurationError(UnknownName.entity(name, in: catalog)) }
        let chosen = all.filter { phases.isEmpty || phases.contains($0.phase) }
        guard !chosen.isEmpty else {
            throw ConfigurationError(
                "--phase: \(name) is in \(all.map(\.phase).joined(separator: ", "))")
        }
        return chosen
    }

    func place(_ entity: Entity) -> EntityFolder { folder.entity(phase: entity.phase, name: entity.name) }

    /// Calls `body` with every flagged record of an entity; with those that may have this id only, if one is given.
    func forEachFlagged(
        _ entity: Entity, id: String? = nil, _ body: (FlaggedLine) throws -> Void
    ) throws {
        guard let manifest = try ResultManifest.read(place(entity)) else { return }
        let parser = JSONParser()
        let needle = id.map { IDNeedle(key: "id", id: $0) }
        for file in manifest.parts.compactMap(\.flagged) {
            let reader = try NDJSONReader(file)
            while let line = try reader.next() {
                if let needle, !needle.mayBeIn(line) { continue }
                guard let value = try? parser.parse(line), let flagged = FlaggedLine(value) else {
                    throw StagingError(
                        .corrupt,
                        "\(file.shownPath): line \(reader.line) is no flagged record; repeat `cliosync transform --phase "
                            + "\(entity.phase) --entity \(entity.name) --force`")
                }
                if let id, flagged.id != id { continue }
                try body(flagged)
            }
        }
    }

    /// Calls `body` with raw lines of an entity, by part and line number.
    func forEachRawLine(
        _ entity: Entity, _ wanted: [String: Set<Int>],
        _ body: (_ part: String, _ number: Int, _ line: UnsafeRawBufferPointer) throws -> Void
    ) throws {
        guard !wanted.isEmpty, let raw = try RawManifest.read(place(entity)) else { return }
        // Lines are told by their numbers, which another extract gives to other records.
        if let header = try ResultManifest.read(place(entity))?.header, header.rawGeneration != raw.header.generation {
            throw ConfigurationError(
                "\(entity.phase)/\(entity.name): was extracted again since its flags were found; run transform first")
        }
        for part in raw.parts {
            guard let lines = wanted[part.name], let last = lines.max() else { continue }
            let reader = try NDJSONReader(raw.file(part, in: place(entity)))
            while reader.line < last, let line = try reader.next() {
                if lines.contains(reader.line) { try body(part.name, reader.line, line) }
            }
        }
    }
}
