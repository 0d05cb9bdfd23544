import Bytes
import Dispatch
import Foundation
import Staging
import Synchronization

/// The first SIGINT or SIGTERM asks for a stop after the page in flight; one that comes a second or more later ends the
/// process at once, which costs no more than a kill: the next run continues. The end of the parent, where `ParentWatch`
/// looks for it, asks for a stop, too.
final class SignalTrap {
    private let sources: [any DispatchSourceSignal]

    /// What people are told at the first signal of a run.
    static let pausing = "stopping after the page in flight; once more to stop at once"

    /// The requests so far.
    private final class Requests: Sendable {
        private let state = Mutex(StopRequests())
        func signal(isStopping: Bool) -> StopRequests.Meaning {
            state.withLock { $0.signal(at: .now, isStopping: isStopping) }
        }
        func parentEnded() -> StopRequests.Meaning { state.withLock { $0.parentEnded(at: .now) } }
    }

    /// Seconds that what is left to do has when the process ends at once.
    private static let patience = 1.0

    /// - Parameters:
    ///   - note: what people are told at the first signal; nil: nothing.
    ///   - atOnce: what is still to be done when the process ends at once.
    convenience init(
        _ stop: StopSignal, note: String? = SignalTrap.pausing, atOnce: (@Sendable () -> Void)? = nil
    ) { self.init([stop], note: note, atOnce: atOnce) }

    /// For several runs in one process.
    init(_ stops: [StopSignal], note: String? = SignalTrap.pausing, atOnce: (@Sendable () -> Void)? = nil) {
        let requests = Requests()
        let queue = DispatchQueue(label: "cliosync.signals")
        let handler: @Sendable () -> Void = {
            let isStopping = stops.allSatisfy(\.isRequested)
            switch requests.signal(isStopping: isStopping) {
            case .same: return
            case .stop:
                for stop in stops { stop.request() }
                // On another thread: when stderr is not read, the next signal must still be handled.
                if let note { DispatchQueue.global().async { Terminal.note(note) } }
            case .atOnce:
                guard let atOnce else { _exit(ExitStatus.stopped.rawValue) }
                DispatchQueue.global().async {
                    atOnce()
                    _exit(ExitStatus.stopped.rawValue)
                }
                queue.asyncAfter(deadline: .now() + Self.patience) { _exit(ExitStatus.stopped.rawValue) }
            }
        }
        let installed = DispatchGroup()
        sources = [SIGINT, SIGTERM].map { number in
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler(handler: handler)
            installed.enter()
            source.setRegistrationHandler { installed.leave() }
            signal(number, SIG_IGN)
            source.resume()
            return source
        }
        // Dispatch installs them on a thread of its own. A signal before that would be ignored, and the work would not stop.
        _ = installed.wait(timeout: .now() + Self.patience)
        ParentWatch.onEnd { end in
            guard requests.parentEnded() == .stop else { return }
            for stop in stops { stop.request() }
            Terminal.note("\(end.text); stopping after the page in flight")
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
