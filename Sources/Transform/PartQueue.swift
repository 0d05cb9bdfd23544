internal import Pipelines
internal import Staging
internal import Synchronization

/// Hands parts to workers and commits their results in order.
///
/// `@unchecked Sendable`: the writer is not Sendable, and is only ever touched inside `state`'s lock; everything else
/// is immutable.
final class PartQueue: @unchecked Sendable {
    private let parts: [RawPart]
    private let raw: RawManifest
    private let place: EntityFolder
    private let writer: ResultLayerWriter
    private let decisions: DecisionSet
    private let onProgress: @Sendable (Int, Int) -> Void
    private let total: Int
    private let pages: [String: [PageSpan]]

    private struct State {
        var next = 0
        var committed = 0
        var done: Int
        var ready: [Int: ResultPart] = [:]
        var failure: TransformError?
    }

    private let state: Mutex<State>

    init(
        _ parts: [RawPart], of raw: RawManifest, in place: EntityFolder, writer: ResultLayerWriter,
        decisions: DecisionSet, onProgress: @escaping @Sendable (Int, Int) -> Void
    ) throws(TransformError) {
        self.parts = parts
        self.raw = raw
        self.place = place
        self.writer = writer
        self.decisions = decisions
        self.onProgress = onProgress
        total = raw.parts.reduce(0) { $0 + $1.records }
        pages = raw.spans
        state = Mutex(State(done: writer.manifest.records))
    }

    /// The first thing that went wrong.
    var failure: TransformError? { state.withLock { $0.failure } }

    /// Whether parts are left.
    var isUnfinished: Bool { state.withLock { $0.committed < parts.count } }

    /// Works until no part is left, a worker fails, or a stop is requested.
    func work(_ entity: Entity, stop: StopSignal) {
        do throws(TransformError) {
            let transformer = try PartTransformer(entity, decisions: decisions)
            while !stop.isRequested, let index = take() {
                let part = parts[index]
                let result = try transformer.run(
                    part, file: raw.file(part, in: place), pages: pages[part.name] ?? [],
                    cleanPath: writer.cleanPath(part.name), flaggedPath: writer.flaggedPath(part.name))
                try commit(index, result)
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

    private func commit(_ index: Int, _ result: ResultPart) throws(TransformError) {
        let outcome: Result<Int, TransformError> = state.withLock { state in
            state.ready[index] = result
            do throws(StagingError) {
                while let part = state.ready.removeValue(forKey: state.committed) {
                    try writer.commit(part)
                    state.committed += 1
                    state.done += part.records
                }
                return .success(state.done)
            } catch {
                return .failure(TransformError(error))
            }
        }
        onProgress(try outcome.get(), total)
    }
}
