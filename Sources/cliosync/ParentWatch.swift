import Foundation
import Synchronization

/// Looks whether the process that started this one has ended, so that the work can be stopped then.
///
/// The kernel could send a signal, but does so at the end of the thread that started this process, not of its process.
enum ParentWatch {
    private static let interval = 0.25

    private struct State {
        var end: ParentSigns.End?
        var observers: [@Sendable (ParentSigns.End) -> Void] = []
    }

    private static let state = Mutex(State())

    /// Call it as early as possible: a parent that ended before is not noticed.
    static func begin() {
        let beginning = ParentSigns.now
        let thread = Thread {
            while true {
                if let end = ParentSigns.now.end(since: beginning) { return report(end) }
                Thread.sleep(forTimeInterval: interval)
            }
        }
        thread.name = "cliosync.parent"
        thread.start()
    }

    /// Calls `observer` once when it has ended; at once when it has already.
    static func onEnd(_ observer: @escaping @Sendable (ParentSigns.End) -> Void) {
        let end = state.withLock { state in
            if state.end == nil { state.observers.append(observer) }
            return state.end
        }
        if let end { observer(end) }
    }

    private static func report(_ end: ParentSigns.End) {
        let observers = state.withLock { state in
            state.end = end
            return state.observers
        }
        for observer in observers { observer(end) }
    }
}
