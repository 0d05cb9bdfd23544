/// What Clio's counts say about a list beside what is held of it, and what a refresh would request.
public struct ListDifference: Sendable, Equatable {
    /// How a refresh would bring the list up to date.
    public enum Work: String, Sendable, Encodable {
        /// The extract is not complete yet: it continues.
        case extract
        /// Changes, and deletions by counts.
        case counts
        /// Changes, and all ids.
        case ids
        /// Changes, all ids, and the etag of each record.
        case etags
        /// All records, since changes cannot be requested.
        case records
        /// Changes alone.
        case changes
    }

    /// What was counted.
    public struct Counts: Sendable, Equatable {
        /// Records in Clio; nil: Clio did not say.
        public var total: Int?
        /// Those created or changed since the last pass.
        public var changed: Int?
        /// Those created since the last pass.
        public var created: Int?

        /// Counts from their values.
        public init(total: Int? = nil, changed: Int? = nil, created: Int? = nil) {
            self.total = total
            self.changed = changed
            self.created = created
        }
    }

    /// What is held of the list.
    public struct Held: Sendable, Equatable {
        /// Records that were not found deleted.
        public var records: Int
        /// Those of them that were created before the moment from which changes are requested; nil: not all say when.
        public var before: Int?
        /// Whether the extract is complete.
        public var isComplete: Bool

        /// What is held, from its values.
        public init(records: Int, before: Int? = nil, isComplete: Bool) {
            self.records = records
            self.before = before
            self.isComplete = isComplete
        }
    }

    /// The phase of the list.
    public let phase: String
    /// Its name.
    public let entity: String
    /// What is held.
    public let held: Held
    /// What Clio counts.
    public let counts: Counts
    /// The moment, seconds since 1970, from which changes are requested; nil: they cannot be.
    public let since: Double?
    /// How it would be brought up to date.
    public let work: Work
    /// Requests that this takes.
    public let requests: Int
    /// Why Clio did not answer; nil when it did.
    public let failure: String?

    /// Records that a refresh would fetch.
    public var fetched: Int? {
        switch work {
        case .extract: counts.total.map { max(0, $0 - held.records) }
        case .records: counts.total
        case .counts, .ids, .etags, .changes: counts.changed
        }
    }

    /// Records that Clio has no more, less those that reappeared; nil: counts do not say.
    public var netDeleted: Int? {
        guard held.isComplete, let before = held.before, let total = counts.total, let created = counts.created,
            total != Self.saturation, created != Self.saturation
        else { return nil }
        return before - (total - created)
    }

    /// A count that may stand for more.
    private static let saturation = 10_000
    private static let idsPerPage = 200
    private static let idsPerLookup = 50

    /// - Parameters:
    ///   - since: nil when changes cannot be requested.
    ///   - pageSize: records per page.
    ///   - isCounted: whether Clio's counts by creation can be used for this list.
    init(
        phase: String, entity: String, held: Held, counts: Counts, since: Double?, pageSize: Int, isCounted: Bool,
        deletions: DeletionMode, failure: String? = nil
    ) {
        self.phase = phase
        self.entity = entity
        self.held = held
        self.counts = counts
        self.since = since
        self.failure = failure
        func pages(_ records: Int, of size: Int) -> Int { max(1, (records + size - 1) / size) }
        let all = counts.total ?? held.records
        let changes = pages(counts.changed ?? 0, of: pageSize)
        // Every pass ends with a count.
        let byIDs = changes + pages(all, of: Self.idsPerPage) + 1
        switch (deletions, since) {
        case _ where !held.isComplete:
            work = .extract
            requests = pages(max(0, all - held.records), of: pageSize) + 1
        case (_, nil):
            work = .records
            requests = pages(all, of: pageSize) + 2
        case (.off, _):
            work = .changes
            requests = changes + 1
        case (.sweep, _):
            work = .ids
            requests = byIDs
        case (.deep, _):
            work = .etags
            requests = byIDs
        case (.counts, _):
            let net = held.before.flatMap { before in
                counts.total.flatMap { total in counts.created.map { before - (total - $0) } }
            }
            guard isCounted, let total = counts.total, total != Self.saturation, let net, net >= 0 else {
                work = .ids
                requests = byIDs
                return
            }
            // The end and the closing count of a search; each deleted record is confirmed.
            let search =
                net == 0
                ? 0 : 2 + net + DeletionSearch.estimate(net, of: max(1, held.records), batch: Self.idsPerLookup)
            let isCheaper = 1 + search <= pages(held.records, of: Self.idsPerPage)
            work = net == 0 || isCheaper ? .counts : .ids
            requests = work == .counts ? changes + 1 + search + 1 : byIDs + pages(net, of: Self.idsPerLookup)
        }
    }
}
