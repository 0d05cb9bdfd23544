internal import Pipelines
internal import Staging
internal import Synchronization

/// One walk over groups: its plan, which all its streams read and write.
final class GroupWalk: Sendable {
    let grouping: Grouping
    let writer: RawLayerWriter
    /// Clio's count of the whole list.
    let whole: Int?
    private let plan: Mutex<GroupPlan>

    init(_ grouping: Grouping, _ plan: GroupPlan, _ writer: RawLayerWriter, whole: Int?) {
        self.grouping = grouping
        self.plan = Mutex(plan)
        self.writer = writer
        self.whole = whole
    }

    var current: GroupPlan { plan.withLock { $0 } }

    @discardableResult
    func update<T: Sendable>(_ body: (inout GroupPlan) -> T) -> T { plan.withLock { body(&$0) } }

    /// Whether Clio did not look at the filter: others came too, and about as many records as the whole list has.
    func isIgnored(_ page: CutPage) -> Bool {
        guard page.strangers > 0 else { return false }
        guard let total = page.total, let whole else { return page.strangers * 2 > page.records }
        return total * 50 >= whole * 49
    }
}
