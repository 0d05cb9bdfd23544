internal import Staging

/// An ordered list that exists in numbers only, and its pages: records created one after the other at equal distances.
struct VirtualList: VirtualClio {
    private let records: Int
    private let pageSize: Int
    /// Seconds that ids and creations are out of step by.
    private let skew: Double

    /// Seconds between two records; a list of any length is far longer than the whole seconds that bounds are rounded to.
    private static let step = 60.0

    /// - Parameter overlap: records that a partition fetches of the next one before it may end.
    init(records: Int, pageSize: Int, overlap: Int) {
        self.records = records
        self.pageSize = pageSize
        skew = Double(overlap) * Self.step / Skew.margin
    }

    /// When its last record was created; the first one was at 0.
    var end: Double { Double(records) * Self.step }

    func page(of key: StreamKey, next: String?) -> CutPage {
        var first = 0
        if case .partition(let bound) = key.scope { first = Int((bound / Self.step).rounded(.up)) }
        var (places, page) = page(of: max(0, records - first), from: next, size: pageSize)
        guard !places.isEmpty else { return page }
        page.highestID = Int64(first + places.upperBound)
        page.earliestCreation = Double(first + places.lowerBound) * Self.step
        page.lastCreation = Double(first + places.upperBound - 1) * Self.step
        page.displacement = skew
        return page
    }
}
