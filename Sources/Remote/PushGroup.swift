/// Lets each stream of an extract wait until its page is in the store: one push serves all that wait.
///
/// A machine that is killed costs at most the page under way of each stream, since no stream is more than one page ahead of
/// the store.
public actor PushGroup {
    private let push: @Sendable () async throws -> Void
    private let onFailure: @Sendable (any Error) -> Void
    private var waiting: [CheckedContinuation<Void, Never>] = []
    private var isPushing = false
    private var failure: (any Error)?

    /// - Parameters:
    ///   - push: stores what is on the disk when it begins.
    ///   - onFailure: is called once; nothing is stored from then on, and nothing waits any more.
    public init(
        push: @escaping @Sendable () async throws -> Void, onFailure: @escaping @Sendable (any Error) -> Void
    ) {
        self.push = push
        self.onFailure = onFailure
    }

    /// Returns when everything that is on the disk now is in the store, or nothing can be stored any more.
    public func stored() async {
        guard failure == nil else { return }
        await withCheckedContinuation { continuation in
            waiting.append(continuation)
            guard !isPushing else { return }
            isPushing = true
            Task { await work() }
        }
    }

    private func work() async {
        while !waiting.isEmpty {
            let served = waiting
            waiting = []
            if failure == nil {
                do {
                    try await push()
                } catch {
                    failure = error
                    onFailure(error)
                }
            }
            for continuation in served { continuation.resume() }
        }
        isPushing = false
    }

    /// How many streams wait for the next push.
    var waitingCount: Int { waiting.count }

    /// What ended it; nil: nothing.
    public var error: (any Error)? { failure }
}
