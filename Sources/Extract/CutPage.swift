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
    /// The highest integer id.
    var highestID: Int64?
    /// Records that came before, in a walk in the order of ids.
    var duplicates = 0
    /// Records that do not show what was asked for.
    var mismatches = 0
    /// Records outside the window.
    var outside = 0
    /// The earliest `created_at`, as sent.
    var earliestCreation: String?
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
