internal import Extract
public import JSON
internal import Staging

/// What a refresh would do, from Clio's counts alone.
public struct RefreshPreview: JSONReport, Sendable, Equatable {
    /// The firm, where Clio names it.
    @OmittedWhenNil public var firm: String?
    /// One row per list, in the order of the pipelines.
    public var lists: [List]
    /// Requests that the refresh would take, at least.
    public var requests: Int
    /// Seconds that it would take, at least.
    public var seconds: Double
    /// Requests a minute that may be made.
    public var requestsPerMinute: Double
    /// Requests that this preview took.
    public var requestsMade: Int

    private enum CodingKeys: CodingKey { case firm, lists, requests, seconds, requestsPerMinute, requestsMade }

    /// One list.
    public struct List: Encodable, Sendable, Equatable {
        /// The phase.
        public var phase: String
        /// The list.
        public var entity: String
        /// The moment, UTC, from which changes would be requested; nil: they cannot be.
        public var changesSince: String?
        /// Records in Clio; nil: Clio gave no count.
        public var inClio: Int?
        /// Records held here.
        public var held: Int
        /// Records that would be fetched; nil: not known.
        public var fetched: Int?
        /// Records deleted in Clio less those that reappeared; nil: counts do not say.
        public var netDeleted: Int?
        /// How the list would be brought up to date: `extract`, `counts`, `ids`, `etags`, `records` or `changes`.
        public var work: String
        /// Requests that it would take.
        public var requests: Int
        /// Why Clio did not answer; nil when it did.
        @OmittedWhenNil public var error: String?
    }
}

extension RefreshPreview.List {
    init(_ difference: ListDifference) {
        self.init(
            phase: difference.phase, entity: difference.entity,
            changesSince: difference.since.map { UTC.text(secondsSince1970: Int64($0)) },
            inClio: difference.counts.total, held: difference.held.records, fetched: difference.fetched,
            netDeleted: difference.netDeleted, work: difference.work.rawValue, requests: difference.requests,
            error: difference.failure)
    }
}
