import Dispatch
import Foundation
import Staging
import Synchronization

/// The first SIGINT or SIGTERM asks for a stop after the page in flight; the second ends the process at once, which
/// costs no more than a kill: the next run continues.
final class SignalTrap {
    private let sources: [any DispatchSourceSignal]
    private let isAsked = Flag()

    private final class Flag: Sendable {
        private let value = Atomic<Bool>(false)
        /// Sets it, and says whether it was set before.
        func set() -> Bool { value.exchange(true, ordering: .acquiringAndReleasing) }
    }

    /// What people are told at the first signal of a run.
    static let pausing = "stopping after the page in flight; once more to stop at once"

    /// - Parameter note: what people are told at the first signal; nil: nothing.
    convenience init(_ stop: StopSignal, note: String? = SignalTrap.pausing) { self.init([stop], note: note) }

    /// For several runs in one process.
    init(_ stops: [StopSignal], note: String? = SignalTrap.pausing) {
        let isAsked = isAsked
        let queue = DispatchQueue(label: "cliosync.signals")
        sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler {
                if isAsked.set() || stops.allSatisfy(\.isRequested) { _exit(130) }
                for stop in stops { stop.request() }
                // On another thread: when stderr is not read, the second signal must still be handled.
                if let note { DispatchQueue.global().async { Terminal.note(note) } }
            }
            source.resume()
            return source
        }
    }

    /// Ends the process at the first signal, also where it was started with signals ignored, as by `&` in a script: for
    /// waits that have nothing to bring to an end.
    static func ending() -> SignalTrap {
        let stop = StopSignal()
        stop.request()
        return SignalTrap(stop, note: nil)
    }

    /// Lets the work continue when its terminal goes away.
    static func surviveHangup() { signal(SIGHUP, SIG_IGN) }

    func cancel() { for source in sources { source.cancel() } }
}
