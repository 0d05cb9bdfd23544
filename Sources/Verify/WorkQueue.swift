internal import Dispatch
internal import Synchronization

/// Independent pieces of work for a second thread.
///
/// The second thread takes them in the order in which they were added. The owner runs a piece itself when it needs the
/// result and the second thread has not started it, so that both cores stay busy.
final class WorkQueue: Sendable {
    private let queue = DispatchQueue(label: "cliosync.verify.work")
    private let cancelled = Atomic<Bool>(false)

    /// A piece of work. Each runs once, on either thread.
    final class Job<Value: Sendable>: Sendable {
        typealias Work = @Sendable (_ isCancelled: () -> Bool) throws -> Value

        private struct State {
            var work: Work?
            var result: Result<Value, any Error>?
        }

        private let state: Mutex<State>
        private let done = DispatchGroup()
        private let isCancelled: @Sendable () -> Bool

        fileprivate init(_ work: @escaping Work, isCancelled: @escaping @Sendable () -> Bool) {
            state = Mutex(State(work: work))
            self.isCancelled = isCancelled
            done.enter()
        }

        /// Runs the work unless the other thread has started it.
        fileprivate func start() {
            let work = state.withLock { state in
                defer { state.work = nil }
                return state.work
            }
            guard let work else { return }
            let result: Result<Value, any Error> =
                isCancelled() ? .failure(CancellationError()) : Result { try work(isCancelled) }
            state.withLock { $0.result = result }
            done.leave()
        }

        /// The result; runs the work here when it has not been started.
        func value() throws -> Value {
            start()
            done.wait()
            guard let result = state.withLock({ $0.result }) else { throw CancellationError() }
            return try result.get()
        }
    }

    /// Adds a piece of work.
    func add<Value: Sendable>(_ work: @escaping Job<Value>.Work) -> Job<Value> {
        let job = Job(work) { [self] in cancelled.load(ordering: .relaxed) }
        queue.async { job.start() }
        return job
    }

    /// Drops what has not been started, ends what runs at its next part, and waits for that.
    func cancel() {
        cancelled.store(true, ordering: .relaxed)
        queue.sync {}
    }
}
