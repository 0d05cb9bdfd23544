internal import Staging

/// A list that exists in numbers only, and its pages: records created one after the other at equal distances.
struct VirtualList: Sendable {
    private let records: Int
    private let pageSize: Int
    /// Seconds that ids and creations are out of step by.
    private let skew: Double
    /// Records before the next page of each stream.
    private var offsets: [StreamKey: Int] = [:]

    /// Seconds between two records; a list of any length is far longer than the whole seconds that bounds are rounded to.
    private static let step = 60.0

    /// - Parameter overlap: records that a partition fetches of the next one before it may end.
    init(records: Int, pageSize: Int, overlap: Int) {
        self.records = records
        self.pageSize = pageSize
        skew = Double(overlap) * Self.step / OrderedList.skewMargin
    }

    /// When its last record was created; the first one was at 0.
    var end: Double { Double(records) * Self.step }

    /// The next page of a stream.
    mutating func page(of partition: Partition) -> CutPage {
        let first = Int(((partition.lowerBound ?? 0) / Self.step).rounded(.up))
        let begin = offsets[partition.key] ?? first
        let end = min(begin + pageSize, records)
        offsets[partition.key] = end
        var page = CutPage()
        page.records = max(0, end - begin)
        page.total = max(0, records - first)
        page.next = end < records ? "next" : nil
        guard end > begin else { return page }
        page.highestID = Int64(end)
        page.earliestCreation = Double(begin) * Self.step
        page.lastCreation = Double(end - 1) * Self.step
        page.displacement = skew
        return page
    }
}
