internal import CCurl
internal import Synchronization

/// A request on its way to the thread that carries it out.
struct PendingTransfer: Sendable {
    let id: UInt64
    let request: HTTPRequest
    /// Called exactly once.
    let finish: @Sendable (Result<HTTPResponse, HTTPError>) -> Void
}

/// What other threads want of the transfer thread.
final class TransferInbox: Sendable {
    private struct State {
        var starting: [PendingTransfer] = []
        var cancelling: Set<UInt64> = []
        var waker: Waker?
        var isClosing = false
        var isClosed = false
    }

    /// Wakes the thread out of its poll.
    ///
    /// A C pointer is not Sendable by itself. `curl_multi_wakeup` is documented as callable from any thread; it is called
    /// under the inbox's lock only, and the loop removes the waker under the same lock before it frees the handle.
    struct Waker: @unchecked Sendable {
        let multi: UnsafeMutableRawPointer
        func wake() { curl_multi_wakeup(multi) }
    }

    private let state = Mutex(State())

    func start(_ transfer: PendingTransfer) {
        let refused = state.withLock { state in
            if state.isClosed || state.isClosing { return true }
            state.starting.append(transfer)
            state.waker?.wake()
            return false
        }
        if refused { transfer.finish(.failure(HTTPError(.closed, transfer.request.address, ""))) }
    }

    /// May come before the start that it means, when the task was cancelled already.
    func cancel(_ id: UInt64) {
        state.withLock { state in
            state.cancelling.insert(id)
            state.waker?.wake()
        }
    }

    func forget(_ id: UInt64) {
        state.withLock { state in _ = state.cancelling.remove(id) }
    }

    func requestClose() {
        state.withLock { state in
            state.isClosing = true
            state.waker?.wake()
        }
    }

    func attach(_ waker: Waker) {
        state.withLock { $0.waker = waker }
    }

    /// What is to be done now.
    func take() -> (starting: [PendingTransfer], cancelling: Set<UInt64>, isClosing: Bool) {
        state.withLock { state in
            let starting = state.starting
            state.starting = []
            return (starting, state.cancelling, state.isClosing)
        }
    }

    /// Ends the service; whatever still waits is refused.
    func close() {
        let left = state.withLock { state in
            state.isClosed = true
            state.waker = nil
            defer { state.starting = [] }
            return state.starting
        }
        for transfer in left { transfer.finish(.failure(HTTPError(.closed, transfer.request.address, ""))) }
    }
}
