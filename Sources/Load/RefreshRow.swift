internal import Synchronization

/// The row of the table `refreshes` that all loads of one run share. It is made with the first of their transactions.
public final class RefreshRow: Sendable {
    private let known = Mutex<Int64?>(nil)

    /// A row that is not made yet.
    public init() {}

    var id: Int64? {
        get { known.withLock { $0 } }
        set { known.withLock { $0 = newValue } }
    }
}
