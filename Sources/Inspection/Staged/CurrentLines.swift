internal import Bytes
internal import JSON
internal import Pipelines
internal import Staging
internal import Tables
internal import Transform

/// Tells which lines of a layer are the newest version of a record that Clio still has.
///
/// The clean layer decides, as the load does: it has to be up to date.
struct CurrentLines {
    /// The numbers of all other records, over the connection.
    let superseded: Set<Int64>
    private let parts: [Part]

    /// What says which record a line of a part is.
    private enum Part {
        case raw([RawPageEntry])
        case clean(ResultPart)
        case flagged(ResultPart)
    }

    /// - Throws: `ConfigurationError` when the clean layer is not up to date, `StagingError` when it cannot be read.
    init(_ layer: StagedLayers.Layer, of entity: Entity, in folder: ConnectionFolder) throws {
        let place = folder.entity(phase: entity.phase, name: entity.name)
        guard let raw = try RawManifest.read(place), raw.records > 0 else {
            (superseded, parts) = ([], [])
            return
        }
        let decisions = try DecisionSet(DecisionFile(folder).read(), entity: entity.name)
        let fingerprint = Transformer.fingerprint(entity, decisions: decisions)
        guard let result = try ResultManifest.read(place), try result.staleness(raw, fingerprint: fingerprint) == nil
        else {
            throw ConfigurationError(
                "--current: the clean layer of \(entity.name), which says what is current, is not up to date: "
                    + "run `cliosync transform --phase \(entity.phase) --entity \(entity.name)`")
        }
        superseded = Set(try RecordVersions(entity, raw, result).superseded)
        parts =
            switch layer {
            case .raw: raw.parts.map { .raw(raw.pages(of: $0.name)) }
            case .clean: result.parts.filter { $0.clean != nil }.map(Part.clean)
            case .flagged: result.parts.filter { $0.flagged != nil }.map(Part.flagged)
            }
    }

    /// The numbers of a part's lines, which are to be asked for in their order.
    /// - Parameter part: its place among the layer's files.
    func numbers(ofPart part: Int) -> Numbers? {
        guard parts.indices.contains(part) else { return nil }
        return switch parts[part] {
        case .raw(let pages): .raw(PageCursor(pages))
        case .clean(let entry): .clean(entry.cleanLines)
        case .flagged(let entry): .flagged(entry, JSONParser())
        }
    }

    /// The numbers of a part's lines.
    enum Numbers {
        case raw(PageCursor)
        case clean(CleanLineNumbers)
        case flagged(ResultPart, JSONParser)

        /// The number of the next line.
        mutating func next(_ line: UnsafeRawBufferPointer) -> Int64? {
            switch self {
            case .raw(var cursor):
                let number = cursor.next()
                self = .raw(cursor)
                return number
            case .clean(var lines):
                let number = lines.next()?.sequence
                self = .clean(lines)
                return number
            case .flagged(let entry, let parser):
                let records = Int64(max(1, entry.records))
                guard let place = (try? parser.parse(line))?["line"]?.int64, (1...records).contains(place) else {
                    return nil
                }
                return entry.sequence(ofRawLine: Int(place))
            }
        }
    }
}
