/// What counts in the clean and flagged layers of one entity: one journal for both.
public struct ResultManifest: Sendable {
    /// The first line.
    public internal(set) var header: ResultHeader
    /// Every transformed raw part, in order.
    public internal(set) var parts: [ResultPart] = []
    /// The generation that its folder is named after; nil while it is being built.
    var folderGeneration: Int?

    /// The generation that is in place; nil when nothing was transformed yet, or when its manifest is lost or damaged: a
    /// transform makes it again.
    public static func read(_ folder: EntityFolder) throws(StagingError) -> ResultManifest? {
        do {
            return try readStrictly(folder)
        } catch {
            guard error.code == .corrupt else { throw error }
            return nil
        }
    }

    /// The same; throws when the manifest is damaged.
    public static func readStrictly(_ folder: EntityFolder) throws(StagingError) -> ResultManifest? {
        guard let target = try Files.linkTarget(folder.currentGeneration) else { return nil }
        var manifest = try load(directory: "\(folder.generations)/\(target)", entity: folder.entity)?.manifest
        manifest?.folderGeneration = folder.generation(named: target)
        return manifest
    }

    /// Whether a generation is said to be in place, be its manifest there or not.
    public static func isNamed(_ folder: EntityFolder) throws(StagingError) -> Bool {
        try Files.linkTarget(folder.currentGeneration) != nil
    }

    /// Raw records that are done.
    public var records: Int { parts.reduce(0) { $0 + $1.records } }
    /// Records with a clean line.
    public var accepted: Int { parts.reduce(0) { $0 + $1.accepted } }
    /// Records that are flagged and have no clean line.
    public var rejected: Int { parts.reduce(0) { $0 + $1.rejected } }
    /// Records that are flagged and have a clean line.
    public var warned: Int { parts.reduce(0) { $0 + $1.warned } }
    /// Records that a person's word let in or keeps out.
    public var review: ReviewCounts {
        parts.reduce(into: ReviewCounts()) {
            $0.accepted += $1.review.accepted
            $0.rejected += $1.review.rejected
        }
    }
}

/// The first line of a result manifest.
public struct ResultHeader: Sendable, Equatable {
    /// Of the pipeline entity as far as it matters, the transform's code and the review decisions.
    public let fingerprint: String
    /// The raw generation that it was made from.
    public let rawGeneration: Int
    /// Grows with every switch.
    public let generation: Int
    /// The account of the raw layer that it was made from; nil in layers of earlier versions.
    public let account: Account?
    /// The generation whose compaction it is; nil when it is none.
    public var compacted: CompactedGeneration?
}

/// What became of one raw part.
public struct ResultPart: Sendable, Equatable {
    /// The raw part's name.
    public let part: String
    /// CRC-32 of the raw part it was made from.
    public let rawCRC: UInt32
    /// Records in it.
    public let records: Int
    /// Records with a clean line.
    public let accepted: Int
    /// Records that are flagged and have no clean line.
    public let rejected: Int
    /// Records that are flagged and have a clean line.
    public let warned: Int
    /// nil: nothing accepted.
    public let clean: PartFile?
    /// nil: nothing flagged.
    public let flagged: PartFile?
    /// The pages of the raw part, in order.
    public let pages: [PageSpan]
    /// Raw lines, from 1, that were rejected and so have no clean line; ascending.
    public let rejectedLines: [Int]
    /// Violations by rule.
    public let rules: [String: Int]
    /// Of the accepted, those that only a person's word let in; of the rejected, those that only it keeps out.
    public let review: ReviewCounts

    /// Makes one from its values.
    public init(
        part: String, rawCRC: UInt32, records: Int, accepted: Int, rejected: Int, warned: Int, clean: PartFile?,
        flagged: PartFile?, pages: [PageSpan], rejectedLines: [Int], rules: [String: Int],
        review: ReviewCounts = ReviewCounts()
    ) {
        self.part = part
        self.rawCRC = rawCRC
        self.records = records
        self.accepted = accepted
        self.rejected = rejected
        self.warned = warned
        self.clean = clean
        self.flagged = flagged
        self.pages = pages
        self.rejectedLines = rejectedLines
        self.rules = rules
        self.review = review
    }

    /// The number, over the whole connection, of the record in this raw line (from 1).
    public func sequence(ofRawLine line: Int) -> Int64 {
        var before = 0
        for page in pages {
            if line <= before + page.records { return page.sequence + Int64(line - before - 1) }
            before += page.records
        }
        return 0
    }

    /// The raw line of each clean line, in order.
    public var cleanLines: CleanLineNumbers { CleanLineNumbers(part: self) }
}

/// Records whose fate a person decided against their rules' severity.
public struct ReviewCounts: Sendable, Equatable {
    /// Rejected by a rule, loaded all the same.
    public var accepted = 0
    /// With a warning only, kept out all the same.
    public var rejected = 0

    /// Counts of nothing.
    public init() {}
}

/// Records of a page whose numbers follow each other, from `sequence`.
public struct PageSpan: Sendable, Equatable {
    /// Records in it.
    public let records: Int
    /// The number of the first one over the connection.
    public let sequence: Int64

    /// Makes one from its values.
    public init(records: Int, sequence: Int64) {
        self.records = records
        self.sequence = sequence
    }

    /// One after the number of the last one.
    public var end: Int64 { sequence + Int64(records) }
}

/// Iterates over the raw lines that have a clean line, with the sequence number of each.
public struct CleanLineNumbers: Swift.Sequence, IteratorProtocol {
    private let pages: [PageSpan]
    private let rejected: [Int]
    private var line = 0
    private var nextRejected = 0
    private var page = 0
    private var pageStart = 0
    private let records: Int

    init(part: ResultPart) {
        pages = part.pages
        rejected = part.rejectedLines
        records = part.records
    }

    /// The next accepted raw line (from 1) and its record's number over the connection.
    public mutating func next() -> (line: Int, sequence: Int64)? {
        line += 1
        while nextRejected < rejected.count && rejected[nextRejected] == line {
            nextRejected += 1
            line += 1
        }
        guard line <= records else { return nil }
        while page < pages.count && line > pageStart + pages[page].records {
            pageStart += pages[page].records
            page += 1
        }
        guard page < pages.count else { return nil }
        return (line, pages[page].sequence + Int64(line - pageStart - 1))
    }
}
