import Dispatch
import Foundation
import Staging

/// The first SIGINT or SIGTERM asks for a stop after the page in flight; the second ends the process at once, which
/// costs no more than a kill: the next run goes on.
final class SignalTrap {
    private let sources: [any DispatchSourceSignal]

    /// - Parameter note: what people are told at the first signal; nil: nothing.
    init(_ stop: StopSignal, note: String? = "stopping after the page in flight; once more to stop at once") {
        let queue = DispatchQueue(label: "cliosync.signals")
        sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler {
                if stop.isRequested { _exit(130) }
                stop.request()
                if let note { Terminal.note(note) }
            }
            source.resume()
            return source
        }
    }

    func cancel() { for source in sources { source.cancel() } }
}
