/// A page of a list, checked and cut into lines.
struct CutPage: Sendable {
    /// Minified records, each ended by a line feed.
    var lines: [UInt8] = []
    var records = 0
    /// `meta.paging.next`.
    var next: String?
    /// `meta.records`.
    var total: Int?
    /// The ids of the first and the last record, as text.
    var firstID: String?
    var lastID: String?
    /// The lowest and the highest integer id.
    var lowestID: Int64?
    var highestID: Int64?
    /// The lowest and the highest integer id of its records.
    var ids: ClosedRange<Int64>? {
        guard let lowestID, let highestID else { return nil }
        return lowestID...max(lowestID, highestID)
    }
    /// Records that came before, in a walk in the order of ids.
    var duplicates = 0
    /// Records that do not show what was asked for.
    var mismatches = 0
    /// Records outside the window.
    var outside = 0
    /// The earliest `created_at`, as sent.
    var earliestCreation: String?
    /// The latest `created_at`.
    var latestCreation: Double?
    /// Whether a record with a higher id was created earlier than one with a lower.
    var isDisordered = false
    /// Records older than the floor.
    var belowFloor = 0
    /// When the records begin, where that was asked for.
    var starts: [Double] = []
}

/// Why an answer with status 200 is no page.
enum PageFault: Error, Equatable {
    /// Cut, HTML, without records: what it is, without a value.
    case damaged(String)
    /// Clio's refusal for the rate, wrapped into a success.
    case limited
}
