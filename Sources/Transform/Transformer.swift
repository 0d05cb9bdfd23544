internal import Dispatch
internal import Hashing
public import Pipelines
public import Staging

/// The transform stage: from the raw layer of an entity to its clean and flagged layers, without network or SQL.
public struct Transformer: Sendable {
    /// Grows whenever the same raw line and the same pipeline would give another result than before.
    static let version = 4

    private let folder: ConnectionFolder
    private let workers: Int

    /// - Parameter workers: parts worked on side by side.
    public init(_ folder: ConnectionFolder, workers: Int = 2) {
        self.folder = folder
        self.workers = max(1, workers)
    }

    /// What a clean layer depends on besides its raw parts: the pipeline, this code, and what people decided about
    /// records of this entity.
    public static func fingerprint(_ entity: Entity, decisions: DecisionSet) -> String {
        let decided = decisions.isEmpty ? "" : "decisions\n" + decisions.fingerprintText
        return SHA256.hex("transform \(version)\n" + entity.fingerprintText + decided)
    }

    /// Transforms the sealed parts that are not done yet; all of them when what is there is out of date.
    ///
    /// Blocks; do not call it on Swift's thread pool. After a kill or a stop, the next call continues.
    /// - Parameters:
    ///   - force: do all parts again.
    ///   - onProgress: records done and records to do, from any thread.
    public func transform(
        _ entity: Entity, force: Bool, stop: StopSignal,
        onProgress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void
    ) throws(TransformError) -> TransformReport {
        let place = folder.entity(phase: entity.phase, name: entity.name)
        guard let raw = try Self.staged({ () throws(StagingError) in try RawManifest.read(place) }) else {
            throw TransformError(
                .nothingExtracted,
                "\(place.raw): nothing is extracted yet; run `cliosync extract --phase \(entity.phase)` first")
        }
        let writer = try begin(entity, raw, force: force, compacted: nil)
        return try run(entity, raw, writer, stop, onProgress) { () throws(StagingError) in }
    }

    /// Makes the layers of a compacted raw layer, and puts them in place after that.
    ///
    /// Blocks; call it from a thread of your own. The caller holds the locks on the raw and the clean layer.
    /// - Parameters:
    ///   - source: the clean layer before the compaction.
    ///   - duplicates: accepted records whose id an earlier one has.
    ///   - putInPlace: puts the raw layer in place; until then, nothing that counts has changed.
    public func compact(
        _ entity: Entity, to raw: RawManifest, from source: ResultManifest, duplicates: Int, stop: StopSignal,
        putInPlace: () throws(StagingError) -> Void
    ) throws(TransformError) -> TransformReport {
        let compacted = CompactedGeneration(source, parts: raw.parts.count, duplicates: duplicates)
        let writer = try begin(entity, raw, force: false, compacted: compacted)
        return try run(entity, raw, writer, stop, { _, _ in }, putInPlace)
    }

    private func begin(
        _ entity: Entity, _ raw: RawManifest, force: Bool, compacted: CompactedGeneration?
    ) throws(TransformError) -> (ResultLayerWriter, DecisionSet) {
        let place = folder.entity(phase: entity.phase, name: entity.name)
        let plain = entity.masks.map(\.text).filter { !raw.masks.contains($0) }
        guard plain.isEmpty || raw.records == 0 else {
            throw TransformError(
                .configuration,
                "\(place.raw): was fetched before these masks and holds plain values (\(plain.joined(separator: ", "))); run "
                    + "`cliosync extract --phase \(entity.phase) --entity \(entity.name) --force`")
        }
        let decisions = try Self.staged { () throws(StagingError) in
            DecisionSet(try DecisionFile(folder).read(), entity: entity.name)
        }
        let writer = try Self.staged { () throws(StagingError) in
            try ResultLayerWriter(
                place, for: raw, fingerprint: Self.fingerprint(entity, decisions: decisions), rebuild: force,
                compacted: compacted)
        }
        return (writer, decisions)
    }

    /// Transforms what is not done yet.
    /// - Parameter beforeSwitch: called when all of it is durable and nothing of a new generation in place.
    private func run(
        _ entity: Entity, _ raw: RawManifest, _ begun: (writer: ResultLayerWriter, decisions: DecisionSet),
        _ stop: StopSignal, _ onProgress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void,
        _ beforeSwitch: () throws(StagingError) -> Void
    ) throws(TransformError) -> TransformReport {
        let place = folder.entity(phase: entity.phase, name: entity.name)
        let writer = begun.writer
        let todo = raw.parts.filter { $0.sealed && !writer.isDone($0) }
        let queue = try PartQueue(
            todo, of: raw, in: place, writer: writer, decisions: begun.decisions, onProgress: onProgress)
        // Each worker has its own thread, parser, inflater and two deflaters; parts are committed in order. One
        // more than there are processors: a part waits for the disk at its end.
        let group = DispatchGroup()
        for number in 0..<min(workers + 1, max(1, todo.count)) {
            DispatchQueue(label: "cliosync.transform.\(number)").async(group: group) {
                queue.work(entity, stop: stop)
            }
        }
        group.wait()
        if let failure = queue.failure { throw failure }
        if stop.isRequested && queue.isUnfinished {
            throw TransformError(.stopped, "\(place.clean): stopped; run the same command again to continue")
        }
        try Self.staged { () throws(StagingError) in
            try beforeSwitch()
            try writer.finish()
        }
        return TransformReport(entity: entity, result: writer.manifest, newParts: todo.count)
    }

    static func staged<T>(_ work: () throws(StagingError) -> T) throws(TransformError) -> T {
        do throws(StagingError) { return try work() } catch { throw TransformError(error) }
    }
}
