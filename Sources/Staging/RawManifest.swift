/// What counts in a raw layer: the journal of everything that extract committed.
public struct RawManifest: Sendable {
    /// The first line.
    public internal(set) var header: RawHeader
    /// Every page in the order of its commit.
    public internal(set) var pages: [RawPageEntry] = []
    /// Every part in the order of its first page.
    public internal(set) var parts: [RawPart] = []
    /// How far each stream got.
    public internal(set) var streams: [StreamKey: RawStream] = [:]
    /// What was found out about the list, in order.
    public internal(set) var events: [ListEvent] = []
    /// What sweeps found gone, in order.
    public internal(set) var deletions: [RawDeletion] = []
    /// What the list no longer shows although Clio has it, in order.
    public internal(set) var departures: [RawDeparture] = []
    /// How many records without a usable id the list had when it was last read whole; nil: that was never needed.
    public internal(set) var unnamed: RawUnnamed?
    /// How many different records the list has by what is staged, as they were counted at its latest end; nil: they were not
    /// counted, or something came or went since.
    public internal(set) var held: Int?
    /// The account that it was fetched from, as the latest user saw it; nil in layers of earlier versions and of imports.
    public internal(set) var account: Account?
    /// Ids of all users who fetched what is in it, where Clio names them.
    public internal(set) var users: Set<Int64> = []
    /// Set once the entity is extracted.
    public internal(set) var completion: Completion? {
        didSet {
            guard let completion else { return }
            lastCompletion = completion
            held = completion.held
        }
    }
    /// The latest end of an extract or refresh; it stays while another one is under way.
    public private(set) var lastCompletion: Completion?

    /// The position of the latest page of each stream in `pages`.
    var lastPages: [StreamKey: Int] = [:]

    init(header: RawHeader) {
        self.header = header
        if let account = header.account { note(account, isSole: true) }
    }

    /// Another user continues it.
    /// - Parameter isSole: it holds what this user sees, also where another user fetched it.
    mutating func note(_ account: Account, isSole: Bool) {
        self.account = account
        if isSole { users = [] }
        if let user = account.userID { users.insert(user) }
    }

    /// The events for people.
    public var notes: [LayerNote] { events.map(\.note) }

    /// A part rolls over at this many records.
    public static let recordsPerPart = 10_000

    /// Whether the extract has ended, with every part and stream: only a refresh adds to the layer.
    public var isAtRest: Bool {
        completion != nil && parts.allSatisfy(\.sealed) && streams.values.allSatisfy(\.finished)
    }

    /// Records committed.
    public var records: Int { pages.reduce(0) { $0 + $1.records } }

    /// The manifest of the layer that is in place; nil when nothing was extracted yet.
    public static func read(_ folder: EntityFolder) throws(StagingError) -> RawManifest? {
        try read(directory: folder.raw)
    }

    /// Where the bytes of a part are.
    public func file(_ part: RawPart, in folder: EntityFolder) -> PartFile {
        PartFile(
            path: "\(folder.raw)/\(part.name).ndjson.gz", bytes: part.bytes, crc: part.crc, records: part.records)
    }

    /// The pages of a part, in order.
    public func pages(of part: String) -> [RawPageEntry] { pages.filter { $0.part == part } }

    /// Since which number an id is no record of this list: Clio deleted it, or shows it here no more.
    public var ended: [String: Int64] {
        var ended: [String: Int64] = [:]
        for deletion in deletions {
            for id in deletion.ids { ended[id] = max(ended[id] ?? 0, deletion.sequence) }
        }
        for departure in departures {
            for id in departure.ids { ended[id] = max(ended[id] ?? 0, departure.sequence) }
        }
        return ended
    }

    /// Ids that the list no longer shows and that were not found deleted since; some may be shown again.
    public var departed: [String] {
        var departed: [String: Int64] = [:]
        for departure in departures {
            for id in departure.ids { departed[id] = departure.sequence }
        }
        for deletion in deletions {
            for id in deletion.ids where departed[id].map({ $0 < deletion.sequence }) == true { departed[id] = nil }
        }
        return departed.keys.sorted()
    }

    /// The numbers of each part's records, in order.
    public var spans: [String: [PageSpan]] {
        Dictionary(grouping: pages, by: \.part).mapValues { $0.flatMap(\.spans) }
    }

    /// Clio's highest count on any page.
    public var highestTotal: Int? {
        (pages.compactMap(\.reportedTotal) + streams.values.compactMap(\.reportedTotal)).max()
    }
}

/// The first line of a raw manifest.
public struct RawHeader: Sendable, Equatable {
    /// The connection.
    public let connection: String
    /// The phase.
    public let phase: String
    /// The entity.
    public let entity: String
    /// Grows with every forced extract, so that what was made from an older one can be told.
    public let generation: Int
    /// When the generation was begun, UTC.
    public let createdAt: String
    /// The account that it was begun for.
    public let account: Account?
}

/// One committed page.
public struct RawPageEntry: Sendable, Equatable {
    /// Number of the page in its stream, from 1.
    public let page: Int
    /// The stream it belongs to.
    public let stream: StreamKey
    /// The part that holds it, for example `00001`; empty where it has no records and no part was needed.
    public let part: String
    /// Where its gzip member begins in the part, and how long it is.
    public let offset: Int
    /// Bytes of its gzip member.
    public let bytes: Int
    /// CRC-32 of the member's bytes.
    public let crc: UInt32
    /// Records in it.
    public let records: Int
    /// The number of its first record over the whole connection.
    public let sequence: Int64
    /// The numbers of its records where they do not follow each other; empty where they do.
    var gaps: [PageSpan] = []
    /// Path and query as asked for; no host, no secret. In memory, of a stream's first page only.
    public internal(set) var request: String?
    /// `meta.paging.next`: where the stream continues; nil after its last page. In memory, of a stream's latest page only.
    public internal(set) var next: String?
    /// `meta.records`, Clio's count of what matches, where it came.
    public let reportedTotal: Int?
    /// When it came, UTC by this machine's clock.
    public let receivedAt: String
    /// When the server sent it, by its own clock, seconds since 1970; nil: it did not say.
    public let serverTime: Double?
    /// The lowest and the highest id of the answer, where ids are integers, also of records that were left to a
    /// neighbouring stream; nil in layers of versions that did not write it down.
    public let ids: ClosedRange<Int64>?

    /// The numbers of its records, in order.
    public var spans: [PageSpan] { gaps.isEmpty ? [PageSpan(records: records, sequence: sequence)] : gaps }
    /// One after the number of its last record.
    public var endSequence: Int64 { gaps.last?.end ?? sequence + Int64(records) }
}

/// One `.ndjson.gz` file of a raw layer.
public struct RawPart: Sendable, Equatable {
    /// The name, for example `00001`.
    public let name: String
    /// The stream it belongs to.
    public let stream: StreamKey
    /// Records in it.
    public internal(set) var records: Int
    /// Committed bytes.
    public internal(set) var bytes: Int
    /// CRC-32 of the committed bytes; known once the part is sealed.
    public internal(set) var crc: UInt32
    /// Whether it will not grow any more; transform reads sealed parts only.
    public internal(set) var sealed: Bool
}

/// How far one stream got.
public struct RawStream: Sendable, Equatable {
    /// Where it continues.
    public internal(set) var next: String?
    /// Whether it came to its end, or was ended before it.
    public internal(set) var finished: Bool
    /// Whether its latest page was its last, so that nothing follows it.
    public internal(set) var isExhausted = false
    /// Its place among the streams, in the order of their first pages.
    public internal(set) var place = 0
    /// Pages committed.
    public internal(set) var pages: Int
    /// Records in it.
    public internal(set) var records: Int
    /// The lowest id of its first page and the highest of its latest, where ids are integers.
    public internal(set) var ids: ClosedRange<Int64>?
    /// Clio's count of what matches, as its first page gave it.
    public internal(set) var reportedTotal: Int?
    /// When the server sent its first page, by its own clock, seconds since 1970; nil: it did not say.
    public internal(set) var serverTime: Double?
}

/// Ids that a sweep found gone from Clio: every version of theirs with a lower number counts no more.
public struct RawDeletion: Sendable, Equatable {
    /// The ids, as text.
    public let ids: [String]
    /// A number of the same count as the records'.
    public let sequence: Int64
    /// When they were found gone, UTC.
    public let at: String
    /// Whether Clio has them, but no longer shows them to this user.
    public let areHidden: Bool
}

/// Ids that a list no longer shows although Clio has them, for example contacts that are clients no more: their versions with
/// a lower number are no records of this list, and their rows stay.
public struct RawDeparture: Sendable, Equatable {
    /// The ids, as text.
    public let ids: [String]
    /// A number of the same count as the records'.
    public let sequence: Int64
    /// When that was found out, UTC.
    public let at: String
}

/// How many records without a usable id a whole reading of the list showed. Of staged ones with a lower number, so many count:
/// nothing tells a new version of such a record from another record.
public struct RawUnnamed: Sendable, Equatable {
    /// Records without a usable id.
    public let records: Int
    /// A number of the same count as the records'.
    public let sequence: Int64
    /// When they were counted, UTC.
    public let at: String
}

/// An event in words; programs look at the event.
public struct LayerNote: Sendable, Hashable {
    /// How much it matters.
    public enum Severity: String, Sendable { case info, warning }

    /// A stable key, such as `filter_ignored`, for reports and logs.
    public let code: String
    /// How much it matters.
    public let severity: Severity
    /// One line for people; never a record's values.
    public let message: String
    /// The name of the stream that it is about; nil: the whole layer.
    public let stream: String?

    /// Makes one from its values.
    public init(code: String, severity: Severity, message: String, stream: String? = nil) {
        self.code = code
        self.severity = severity
        self.message = message
        self.stream = stream
    }
}

/// Whether an extracted entity is all that this Clio user may see.
public enum CompletionStatus: String, Sendable { case complete, partial }

/// The end of an entity's extract.
public struct Completion: Sendable, Equatable {
    /// Whether all came that Clio shows this user.
    public let status: CompletionStatus
    /// Clio's own count, where Clio gave one.
    public let expected: Int?
    /// Records committed by then.
    public let records: Int
    /// How many different records the list has by what is staged; nil: they were not counted.
    public let held: Int?
    /// Why it is partial.
    public let message: String?
    /// When, UTC.
    public let at: String
    /// The moment, UTC by this machine's clock, that the records show the list at: what changed later may be missing.
    public let asOf: String
}
