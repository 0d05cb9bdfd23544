internal import Staging
internal import Synchronization

/// One ordered walk under way: its plan, which all its chains read and write.
final class OrderedWalk: Sendable {
    private let plan: Mutex<ChainPlan>
    private let started = Mutex<Set<StreamKey>>([])
    private let halted = Mutex(false)
    let writer: RawLayerWriter
    /// Records that were fetched with groups.
    let fetched: StagedIDs?
    /// Wakes whoever begins chains.
    private let changed = Mutex<AsyncStream<Void>.Continuation?>(nil)

    init(_ plan: ChainPlan, _ writer: RawLayerWriter, _ fetched: StagedIDs?) {
        self.fetched = fetched
        self.plan = Mutex(plan)
        self.writer = writer
    }

    var current: ChainPlan { plan.withLock { $0 } }

    @discardableResult
    func update<T: Sendable>(_ body: (inout ChainPlan) -> T) -> T { plan.withLock { body(&$0) } }

    /// Chains that nobody walks yet; they count as begun from now on.
    func takeNew() -> [ChainPlan.Chain] {
        guard !halted.withLock({ $0 }) else { return [] }
        let open = current.open
        return started.withLock { started in open.filter { started.insert($0.key).inserted } }
    }

    /// A chain may be begun again.
    func release(_ key: StreamKey) { started.withLock { _ = $0.remove(key) } }

    /// After a failure the others finish what they have; nothing new is begun.
    func halt() { halted.withLock { $0 = true } }

    var isHalted: Bool { halted.withLock { $0 } }

    /// Makes ready for a round of walking.
    /// - Returns: gives something whenever there may be new chains.
    func begin() -> AsyncStream<Void> {
        halted.withLock { $0 = false }
        started.withLock { $0 = [] }
        let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        changed.withLock { $0 = continuation }
        return stream
    }

    func wake() { changed.withLock { _ = $0?.yield() } }
}
