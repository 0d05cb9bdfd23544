internal import Pipelines
internal import Staging
internal import Tables

/// Finds the staged line of a sequence number.
struct SequenceIndex {
    struct Origin {
        let phase: String
        let entity: String
        let part: String
        let line: Int
    }

    private struct Span {
        let first: Int64
        let records: Int
        let feeder: Int
        let part: String
        let line: Int
    }

    private var spans: [Span] = []
    private var feeders: [Entity] = []

    /// Reads the manifests of the entities that fill one table; a span a page. With an object store, earlier versions gave records
    /// of different tables the same numbers.
    init(_ feeders: [Entity], _ folder: ConnectionFolder) throws {
        for entity in feeders {
            if let staged = try StagedEntity(entity, folder) { add(entity, staged.manifest.parts) }
        }
        spans.sort { $0.first < $1.first }
    }

    /// Of some parts of one entity.
    init(_ entity: Entity, _ parts: [ResultPart]) {
        add(entity, parts)
        spans.sort { $0.first < $1.first }
    }

    private mutating func add(_ entity: Entity, _ parts: [ResultPart]) {
        for part in parts {
            var line = 1
            for page in part.pages {
                spans.append(
                    Span(
                        first: page.sequence, records: page.records, feeder: feeders.count, part: part.part, line: line)
                )
                line += page.records
            }
        }
        feeders.append(entity)
    }

    /// The origin of a record, or nil when no manifest names it any more.
    func origin(of sequence: Int64) -> Origin? {
        var (low, high) = (0, spans.count)
        while low < high {
            let middle = (low + high) / 2
            if spans[middle].first <= sequence { low = middle + 1 } else { high = middle }
        }
        guard low > 0 else { return nil }
        let span = spans[low - 1]
        let offset = Int(sequence - span.first)
        guard offset < span.records else { return nil }
        let feeder = feeders[span.feeder]
        return Origin(phase: feeder.phase, entity: feeder.name, part: span.part, line: span.line + offset)
    }
}
