internal import Bytes
public import JSON
public import Pipelines
public import Staging
internal import Transform

/// The staged files of one connection, for people who look into them: which there are, and their lines.
public struct StagedLayers: Sendable {
    let folder: ConnectionFolder
    let selection: Selection

    /// - Throws: `StagingError` when the connection's name is not allowed, `ConfigurationError` when nothing is staged.
    public init(staging: String, connection: String, selection: Selection) throws {
        folder = try .existing(staging: staging, connection: connection)
        self.selection = selection
    }

    /// A layer of staged files.
    public enum Layer: String, Encodable, Sendable, CaseIterable {
        case raw, clean, flagged
    }

    /// One layer of one entity.
    public struct Listing: JSONReport, Sendable {
        /// The phase.
        public let phase: String
        /// The layer.
        public let layer: Layer
        /// The entity.
        public let entity: String
        /// Part files.
        public let parts: Int
        /// Records in it.
        public let records: Int
        /// Compressed bytes.
        public let bytes: Int
        /// Grows with every rebuild.
        public let generation: Int
        /// `complete`, `partial`, `growing`, `up to date` or `stale`.
        public let state: String
        /// Where the files are.
        public let folder: String
    }

    /// What there is, in the order of the pipelines.
    public func list() throws(StagingError) -> [Listing] {
        var listings: [Listing] = []
        let decisions = try DecisionFile(folder).read()
        for entity in selection.entities {
            let place = folder.entity(phase: entity.phase, name: entity.name)
            let raw = try RawManifest.read(place)
            if let raw {
                listings.append(
                    Listing(
                        phase: entity.phase, layer: .raw, entity: entity.name, parts: raw.parts.count,
                        records: raw.records, bytes: raw.parts.reduce(0) { $0 + $1.bytes },
                        generation: raw.header.generation, state: raw.completion?.status.rawValue ?? "growing",
                        folder: place.raw))
            }
            guard let result = try ResultManifest.read(place) else { continue }
            let fingerprint = Transformer.fingerprint(entity, decisions: DecisionSet(decisions, entity: entity.name))
            let isCurrent = if let raw { try result.isCurrent(raw, fingerprint: fingerprint) } else { false }
            for (layer, files, path) in [
                (Layer.clean, result.parts.compactMap(\.clean), place.clean),
                (Layer.flagged, result.parts.compactMap(\.flagged), place.flagged),
            ] {
                listings.append(
                    Listing(
                        phase: entity.phase, layer: layer, entity: entity.name, parts: files.count,
                        records: files.reduce(0) { $0 + $1.records }, bytes: files.reduce(0) { $0 + $1.bytes },
                        generation: result.header.generation, state: isCurrent ? "up to date" : "stale",
                        folder: path))
            }
        }
        return listings
    }

    /// Calls `body` with the chosen committed lines of a layer, part after part, until it answers false.
    /// - Throws: also `ConfigurationError` when only current lines are chosen, and the clean layer is not up to date.
    public func forEachLine(
        _ layer: Layer, _ lines: LineSelection = LineSelection(),
        _ body: (_ entity: Entity, _ line: UnsafeRawBufferPointer) throws -> Bool
    ) throws {
        try checkFields(layer, lines)
        for entity in selection.entities {
            let matcher = LineMatcher(lines, layer, entity)
            let current = lines.isCurrentOnly ? try CurrentLines(layer, of: entity, in: folder) : nil
            for (part, file) in try files(layer, of: entity).enumerated() {
                let reader = try NDJSONReader(file)
                var numbers = current?.numbers(ofPart: part)
                while let line = try reader.next() {
                    if let number = numbers?.next(line), current?.superseded.contains(number) == true { continue }
                    guard matcher.matches(line) else { continue }
                    guard try body(entity, line) else { return }
                }
            }
        }
    }

    /// The committed parts of a layer.
    func files(_ layer: Layer, of entity: Entity) throws(StagingError) -> [PartFile] {
        let place = folder.entity(phase: entity.phase, name: entity.name)
        switch layer {
        case .raw:
            guard let manifest = try RawManifest.read(place) else { return [] }
            return manifest.parts.map { manifest.file($0, in: place) }
        case .clean: return try ResultManifest.read(place)?.parts.compactMap(\.clean) ?? []
        case .flagged: return try ResultManifest.read(place)?.parts.compactMap(\.flagged) ?? []
        }
    }
}
