internal import Synchronization

/// What a page showed, for the owner of its walk.
final class Shown: Sendable {
    private let ignored = Mutex(false)

    /// Whether Clio did not look at the filter.
    var isIgnored: Bool {
        get { ignored.withLock { $0 } }
        set { ignored.withLock { $0 = newValue } }
    }
}
