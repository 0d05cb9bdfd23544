internal import Synchronization

/// A wish to stop, seen by every stream between two pages and by every stage between two parts.
public final class StopSignal: Sendable {
    private let requested = Atomic<Bool>(false)

    /// Makes one that nothing was done with yet.
    public init() {}

    /// Asks for a stop.
    public func request() { requested.store(true, ordering: .releasing) }

    /// Whether a stop was requested.
    public var isRequested: Bool { requested.load(ordering: .acquiring) }
}
