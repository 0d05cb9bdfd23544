internal import Staging

/// One stream of an ordered list: what was created since its lower bound, up to the lower bound of the next partition.
///
/// Moments are seconds since 1970.
struct Partition: Sendable, Equatable {
    /// How far it is.
    enum State: Sendable {
        /// A page of it is to be asked for.
        case waiting
        /// Its pages are being fetched.
        case running
        /// All that it has to fetch is there, or cannot be had.
        case finished
        /// It ended early, at Clio's limit or with a lost cursor, and another partition must continue it.
        case interrupted
    }

    let key: StreamKey
    /// What its records were created since; nil: from the list's beginning.
    let lowerBound: Double?
    var state = State.waiting
    /// The address of its next page; nil: the first one.
    var next: String?
    /// The highest id so far.
    var lastID: Int64?
    /// The earliest creation on its latest page.
    var position: Double?
    /// The creation of its latest record.
    var lastCreation: Double?
    /// Clio's count of what was created since its lower bound.
    var total: Int?
    /// Records received.
    var records = 0
    /// Pages received.
    var pages = 0
    /// The partition that it continues.
    var predecessor: StreamKey?
    /// The highest id of its predecessor.
    var seenUpTo: Int64?
    /// Whether it fetches what others have fetched too, since something between them was missed.
    var isRefetch = false

    init(key: StreamKey, lowerBound: Double?) {
        self.key = key
        self.lowerBound = lowerBound
    }

    /// Whether pages of it are still to be fetched.
    var isOpen: Bool { state == .waiting || state == .running }

    /// Takes its next page.
    mutating func note(_ page: CutPage) {
        if pages == 0 { total = page.total }
        pages += 1
        records += page.records
        next = page.next
        lastID = page.highestID ?? lastID
        position = page.earliestCreation ?? position
        lastCreation = page.lastCreation ?? lastCreation
        if page.next == nil { state = .finished }
    }
}
