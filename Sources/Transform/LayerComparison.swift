internal import Dispatch
public import Pipelines
public import Staging
internal import Synchronization

/// Transforms without writing, and compares with what is there.
public enum LayerComparison {
    /// What transform would change in the layers of an entity. Blocks; call it from a thread of your own.
    ///
    /// The caller holds the shared lock on the clean layer.
    /// - Parameter workers: parts worked on side by side.
    public static func compare(
        _ entity: Entity, in folder: ConnectionFolder, workers: Int, stop: StopSignal
    ) throws(TransformError) -> LayerDifference {
        let place = folder.entity(phase: entity.phase, name: entity.name)
        let (raw, result, decisions) = try Transformer.staged { () throws(StagingError) in
            (
                try RawManifest.read(place), try ResultManifest.read(place),
                DecisionSet(try DecisionFile(folder).read(), entity: entity.name)
            )
        }
        var difference = LayerDifference(phase: entity.phase, entity: entity.name)
        guard let raw else { return difference }
        let done = Dictionary(
            (result?.header.rawGeneration == raw.header.generation ? result?.parts ?? [] : []).map { ($0.part, $0) },
            uniquingKeysWith: { first, _ in first })
        let sealed = raw.parts.filter(\.sealed)
        var old: [(RawPart, ResultPart)] = []
        for part in sealed {
            guard let result = done[part.name], result.rawCRC == part.crc,
                try Transformer.staged({ () throws(StagingError) in try result.damagedFile() }) == nil
            else { continue }
            old.append((part, result))
        }
        difference.fresh = sealed.reduce(0) { $0 + $1.records } - old.reduce(0) { $0 + $1.0.records }
        if let result {
            let fingerprint = Transformer.fingerprint(entity, decisions: decisions)
            difference.isCurrent =
                try Transformer.staged { () throws(StagingError) in
                    try result.staleness(raw, fingerprint: fingerprint)
                }?.needsRebuild != true
        }
        if difference.isCurrent {
            difference.compared = old.reduce(0) { $0 + $1.0.records }
            return difference
        }
        // Columns come and go even when there is no record that shows it.
        let queue = ComparisonQueue(old, raw, place)
        DispatchQueue.concurrentPerform(iterations: min(max(1, workers), max(1, old.count))) { _ in
            queue.work(entity, decisions, stop)
        }
        for part in try queue.results() { difference.merge(part) }
        difference.rules.removeAll { $0.before == $0.after }
        difference.rules.sort { ($0.rule, $0.path) < ($1.rule, $1.path) }
        difference.moves.sort { ($0.from.rawValue, $0.to.rawValue) < ($1.from.rawValue, $1.to.rawValue) }
        difference.childRows = difference.childRows.filter { $0.value != 0 }
        return difference
    }
}

/// Hands parts to workers and keeps what they found, in order.
private final class ComparisonQueue: Sendable {
    private let parts: [(raw: RawPart, result: ResultPart)]
    private let manifest: RawManifest
    private let place: EntityFolder

    private struct State {
        var next = 0
        var results: [Int: LayerDifference] = [:]
        var failure: TransformError?
    }

    private let state = Mutex(State())

    init(_ parts: [(RawPart, ResultPart)], _ manifest: RawManifest, _ place: EntityFolder) {
        self.parts = parts
        self.manifest = manifest
        self.place = place
    }

    func work(_ entity: Entity, _ decisions: DecisionSet, _ stop: StopSignal) {
        do throws(TransformError) {
            let comparison = try PartComparison(entity, decisions)
            while let index = take() {
                guard !stop.isRequested else {
                    throw TransformError(.stopped, "\(place.clean): stopped; nothing was written")
                }
                let (raw, result) = parts[index]
                let difference = try comparison.run(manifest.file(raw, in: place), result)
                state.withLock { $0.results[index] = difference }
            }
        } catch {
            state.withLock { if $0.failure == nil { $0.failure = error } }
        }
    }

    private func take() -> Int? {
        state.withLock { state in
            guard state.failure == nil, state.next < parts.count else { return nil }
            defer { state.next += 1 }
            return state.next
        }
    }

    func results() throws(TransformError) -> [LayerDifference] {
        let (failure, results) = state.withLock { ($0.failure, $0.results) }
        if let failure { throw failure }
        return results.sorted { $0.key < $1.key }.map(\.value)
    }
}
