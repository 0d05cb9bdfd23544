public import Account
internal import Foundation
public import JSON

/// What a sync will take, from this firm's own counts and this token's own limit.
public struct SyncEstimate: Sendable, Equatable {
    /// `small`, `medium`, `large` or `enterprise`, by the counts that the pipelines name.
    public var firmSize: String
    /// How it will be done, a stable word: `single` or `phased`.
    public var strategy: String
    /// Why, and how, in sentences.
    public var reasons: [String]
    /// One row per phase.
    public var phases: [PhaseEstimate]
    /// One row per phase and entity.
    public var entities: [EntityEstimate]
    /// Over all entities; those without a count are left out.
    public var records: Int
    /// All requests: the questions before, the lists, and what follows them.
    public var requests: Int
    /// Clio's limit per minute now; nil when no answer told it.
    public var limit: Int?
    /// What the token may spend.
    public var requestsPerMinute: Double
    /// Seconds that an answer takes.
    public var latency: Double
    /// The same, measured on whole pages; nil when only counts were asked for.
    public var pageSeconds: Double?
    /// Seconds from the first request to the last check.
    public var seconds: Double
    /// Seconds of that outside of `SYNC_WINDOW`.
    public var heldSeconds: Double
    /// When it begins, if it begins now, and when it ends: seconds since 1970.
    public var startsAt: Double
    /// When it ends, seconds since 1970.
    public var endsAt: Double
    /// What the region's peak hours are, and whether they hold now.
    public var peakHours: PeakHours?
    /// Bytes of the database.
    public var databaseBytes: Int
    /// Bytes of the staged files.
    public var stagingBytes: Int
    /// Bytes that should be free: both, and the largest table a second time while it is rebuilt.
    public var diskBytes: Int
    /// Bytes that are free now, where that is known.
    public var freeBytes: Int?
    /// Memory of the process.
    public var memoryBytes = 150_000_000
    /// As whom the sync will run.
    public var user: String?
    /// Records that transform, load and verify got done in a second in the last run that measured it; nil: none did, and
    /// experience stands in.
    public var localRecordsPerSecond: Double?
    /// The zone whose clock people are shown: the one that the firm's settings name, else this machine's.
    public var timeZone = TimeZone.current.identifier
    /// The actual numbers, once the run has ended.
    public var actual: EstimateCheck?

    /// Clio's count of a list, where Clio told.
    func records(_ phase: String, _ entity: String) -> Int? {
        entities.first { $0.phase == phase && $0.entity == entity }?.records
    }

    /// Whether the region's lower limit holds at the beginning.
    public var isPeak: Bool { peakHours?.isPeak(at: startsAt) ?? false }

    /// One phase.
    public struct PhaseEstimate: Encodable, Sendable, Equatable {
        /// The phase.
        public var phase: String
        /// Its title, and the day of an onboarding that it belongs to.
        public var title: String
        /// The day of an onboarding, for example `1-2`.
        public var day: String
        /// What becomes usable, for people.
        public var features: [String]
        /// Records.
        public var records: Int
        /// Requests.
        public var requests: Int
        /// Seconds until it is loaded, from the beginning of the sync.
        public var readyAfter: Double

        private enum CodingKeys: String, CodingKey {
            case phase, title, day, features, records, requests
            case readyAfter = "ready_after_seconds"
        }
    }

    /// One entity.
    public struct EntityEstimate: Encodable, Sendable, Equatable {
        /// The phase.
        public var phase: String
        /// The entity.
        public var entity: String
        /// nil: Clio did not tell.
        public var records: Int?
        /// Requests, without those that count.
        public var requests: Int
        /// Seconds until it is extracted, from the beginning of the sync.
        public var seconds: Double
        /// Minified JSON of one record, on the average.
        public var bytesPerRecord: Double
        /// The same, compressed.
        public var stagedBytesPerRecord: Double
        /// Whether these were measured on this firm's records.
        public var isMeasured: Bool
        /// How far ids and creations are out of step, as a part of the list's time: what its partitions overlap by; nil: not
        /// looked at.
        @Unrounded public var outOfStep: Double?

        private enum CodingKeys: String, CodingKey {
            case phase, entity, records, requests, seconds, bytesPerRecord, stagedBytesPerRecord
            case isMeasured = "measured"
            case outOfStep
        }
    }

    /// What firms of a size take as a rule.
    public struct Typical: Encodable, Sendable, Equatable {
        /// How long it takes.
        public let duration: String
        /// How many requests it takes.
        public let requests: String
        /// How large the database becomes.
        public let database: String

        init(_ duration: String, _ requests: String, _ database: String) {
            self.duration = duration
            self.requests = requests
            self.database = database
        }
    }

    /// What firms of this size take as a rule; knows nothing of this firm.
    public var typical: Typical {
        switch firmSize {
        case "small": Typical("15-30 minutes", "2,000-5,000", "under 50 MB")
        case "medium": Typical("30-90 minutes", "5,000-20,000", "50-250 MB")
        case "large": Typical("2-8 hours", "20,000-100,000", "250 MB-1 GB")
        default: Typical("8-24+ hours", "over 100,000", "over 1 GB")
        }
    }
}

/// How far off an estimate was.
public struct EstimateCheck: Sendable, Equatable {
    /// Requests that were made.
    public var requests: Int
    /// Seconds that it took.
    public var seconds: Double
    /// The most memory that the process held.
    public var peakMemoryBytes: Int
    /// Processor time.
    public var cpuSeconds: Double
    /// Records that transform, load and verify got done in a second; nil: too few to tell.
    public var localRecordsPerSecond: Double?
    /// Clio's limits while it ran, as they came: UTC time and requests a minute.
    public var limits: [LimitChange]

    /// A limit that Clio named while it ran.
    public struct LimitChange: Encodable, Sendable, Equatable {
        /// When, UTC.
        public var at: String
        /// Requests a minute.
        public var limit: Int

        private enum CodingKeys: String, CodingKey {
            case at
            case limit = "limit_per_minute"
        }
    }

    /// Whether requests, seconds and limits agree; memory and processor time are measurements.
    public static func == (left: EstimateCheck, right: EstimateCheck) -> Bool {
        left.requests == right.requests && left.seconds == right.seconds
            && left.limits.map(\.limit) == right.limits.map(\.limit)
    }

    /// How far off, in percent of what was estimated; positive: more than that.
    static func percent(_ actual: Double, of estimated: Double) -> Double {
        estimated > 0 ? (actual - estimated) / estimated * 100 : 0
    }

    /// The same for people: `+3 %`, `−0.3 %`, `exact`.
    static func words(_ actual: Double, of estimated: Double) -> String {
        if actual == estimated { return "exact" }
        guard estimated > 0 else { return "+\(actual)" }
        let percent = percent(actual, of: estimated)
        guard abs(percent) >= 0.05 else { return "less than 0.1 %" }
        let amount = String(format: abs(percent) < 0.95 ? "%.1f" : "%.0f", abs(percent))
        return "\(percent < 0 ? "−" : "+")\(amount) %"
    }
}
