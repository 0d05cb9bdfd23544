internal import Dispatch
internal import Synchronization

/// Writes the raw layer of one entity, page by page, each durable before it counts.
///
/// All disk work happens on its own queue, so that no thread of Swift's pool waits for a disk.
public final class RawLayerWriter: Sendable {
    private let folder: EntityFolder
    private let queue: DispatchQueue
    private let state: Mutex<RawLayerState>

    private init(_ folder: EntityFolder, state: sending RawLayerState, queue: DispatchQueue) {
        self.folder = folder
        self.queue = queue
        self.state = Mutex(state)
    }

    /// Opens the generation to work on: the one in place, or the one beside it that `--force` began.
    ///
    /// Bytes after the last commit are cut off, a torn manifest line is dropped, open parts are sealed.
    /// - Parameters:
    ///   - force: begin a new generation when the one in place is finished, or has another mask; it is built out of sight and put
    ///     in place by `complete`.
    ///   - mask: replaces values in every page before it is written.
    ///   - account: whose records are going to be written; nil: unknown, as with an import.
    /// - Throws: an error of the code `otherAccount` when the layer holds another account's records.
    public static func open(
        _ folder: EntityFolder, force: Bool, mask: LayerMask? = nil, account: Account? = nil
    ) async throws(StagingError) -> RawLayerWriter {
        let queue = DispatchQueue(label: "cliosync.raw.\(folder.phase).\(folder.entity)")
        return try await onQueue(queue) { () throws(StagingError) in
            RawLayerWriter(
                folder, state: try RawLayerState(folder, force: force, mask: mask, account: account), queue: queue)
        }
    }

    /// All that is committed.
    public var manifest: RawManifest { state.withLock { $0.manifest } }

    /// The sealed parts of the generation that is being written, wherever it lies.
    public var files: [PartFile] { state.withLock { $0.sealedFiles } }

    /// Whether a new generation is being written beside the one in place.
    public var isForcedGeneration: Bool { state.withLock { $0.isNextGeneration } }

    /// Throws away an unfinished generation with all its pages; nothing can be written afterwards.
    public func discard() throws(StagingError) {
        let directory: String? = state.withLock { $0.manifest.completion == nil ? $0.directory : nil }
        if let directory { try Files.remove(directory) }
    }

    /// Makes a page durable. A page without `next` ends its stream.
    public func commit(_ page: RawPage) async throws(StagingError) {
        try await perform { (state) throws(StagingError) in try state.commit(page) }
    }

    /// Records an event; the same one a second time is left out.
    public func record(_ event: ListEvent) async throws(StagingError) {
        try await perform { (state) throws(StagingError) in try state.record(event) }
    }

    /// Ends a stream that has no last page, such as a window that was split.
    public func endStream(_ stream: StreamKey) async throws(StagingError) {
        try await perform { (state) throws(StagingError) in try state.endStream(stream) }
    }

    /// Writes down ids that a refresh found gone from Clio.
    /// - Parameter areHidden: Clio has them, but no longer shows them to this user.
    public func delete(_ ids: [String], areHidden: Bool = false) async throws(StagingError) {
        try await perform { (state) throws(StagingError) in try state.delete(ids, areHidden: areHidden) }
    }

    /// Writes down ids that the list no longer shows although Clio has them: they count no more in this list.
    public func leave(_ ids: [String]) async throws(StagingError) {
        try await perform { (state) throws(StagingError) in try state.leave(ids) }
    }

    /// Writes down how many records without a usable id a whole reading of the list showed.
    public func countUnnamed(_ records: Int) async throws(StagingError) {
        try await perform { (state) throws(StagingError) in try state.countUnnamed(records) }
    }

    /// Records that the layer holds what this user sees from here on, also where another user fetched it.
    public func settle(on account: Account) async throws(StagingError) {
        try await perform { (state) throws(StagingError) in try state.note(account, isSole: true) }
    }

    /// Seals all open parts, for a stop.
    public func seal() async throws(StagingError) {
        try await perform { (state) throws(StagingError) in try state.sealAll() }
    }

    /// Ends the entity, and puts a forced generation in place.
    /// - Parameters:
    ///   - expected: Clio's own count.
    ///   - held: how many different records the list has by what is staged; nil: they were not counted.
    ///   - message: why it is partial.
    ///   - asOf: the moment, UTC, that the records show the list at; nil: now.
    public func complete(
        expected: Int?, held: Int? = nil, status: CompletionStatus, message: String?, asOf: String? = nil
    ) async throws(StagingError) {
        try await perform { (state) throws(StagingError) in
            try state.complete(expected: expected, held: held, status: status, message: message, asOf: asOf)
        }
    }

    private func perform(
        _ work: @escaping @Sendable (RawLayerState) throws(StagingError) -> Void
    ) async throws(StagingError) {
        try await Self.onQueue(queue) { () throws(StagingError) in
            let result: Result<Void, StagingError> = self.state.withLock { state in
                do throws(StagingError) { return .success(try work(state)) } catch { return .failure(error) }
            }
            try result.get()
        }
    }

    private static func onQueue<T: Sendable>(
        _ queue: DispatchQueue, _ work: @escaping @Sendable () throws(StagingError) -> T
    ) async throws(StagingError) -> T {
        let result: Result<T, StagingError> = await withCheckedContinuation { continuation in
            queue.async {
                do throws(StagingError) {
                    continuation.resume(returning: .success(try work()))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        return try result.get()
    }
}
