public import Pipelines

extension ExtractForecast {
    /// One list that is to be extracted.
    public struct List: Sendable {
        /// A lower number is served first.
        public var rank: Int
        /// Records that are still to come.
        public let records: Int
        /// Records per page.
        public let pageSize: Int
        /// Records that a partition fetches of the next one before it may end: as far as ids and creations are out of step.
        public var overlap = 0
        let entity: Entity
        /// Whether the list ends at Clio's limit, so that a longer one is cut in time.
        public var isCutInTime: Bool
        /// Whether changes are asked for at the end.
        public var hasClosingPass: Bool

        /// Requests that bring no records, beside those of the list itself.
        public private(set) var questions = 0
        /// The list's groups, where it is cut by a filter.
        private(set) var virtualGroups: VirtualGroups?
        /// Records in order, after those of the groups.
        private(set) var ordered: Int

        /// The part of it that is fetched in order, or not cut.
        var virtualList: VirtualList { VirtualList(records: ordered, pageSize: pageSize, overlap: overlap) }

        /// How many streams fetch the list's groups.
        public var groups: Int { virtualGroups?.sizes.count ?? 0 }

        /// Cuts the list by a filter. What belongs to no group is found by fetching the whole list, unless Clio can be asked
        /// for it.
        /// - Parameters:
        ///   - groups: how many streams the filter makes.
        ///   - share: the part of the records that belongs to some group.
        public mutating func cut(by grouping: Grouping, groups: Int, share: Double) {
            let grouped = grouping.takesNull || share >= 1 ? records : Int(Double(records) * max(0, share))
            virtualGroups = VirtualGroups(
                grouping, records: grouped, count: max(1, groups) + (grouping.takesNull ? 1 : 0),
                pageSize: pageSize)
            ordered = grouped == records ? 0 : records
            questions = 2
        }

        /// Pages of all streams.
        public var pages: Int {
            let inOrder = (ordered + pageSize - 1) / pageSize
            guard let virtualGroups else { return max(1, inOrder) }
            return virtualGroups.pages + inOrder
        }

        /// A list of an entity, with what the entity says of it.
        /// - Parameter pageSize: nil: the pipeline's.
        public init(_ entity: Entity, rank: Int, records: Int, pageSize: Int? = nil) {
            self.rank = rank * 1000 + entity.priority
            self.records = max(0, records)
            ordered = self.records
            self.pageSize = max(1, min(pageSize ?? entity.batchSize, entity.maximumBatchSize))
            self.entity = entity
            isCutInTime = entity.order == nil && entity.windows != nil
            hasClosingPass = entity.since.updated != nil
        }
    }
}
