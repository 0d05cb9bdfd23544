internal import Staging

/// A page of a list, checked and cut into lines.
struct CutPage: Sendable, Equatable {
    /// Minified records that are kept, each ended by a line feed.
    var lines: [UInt8] = []
    /// Records in the answer.
    var records = 0
    /// Records in `lines`.
    var kept = 0
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
    /// Records that came before, in a list in the order of ids.
    var duplicates = 0
    /// Records that do not show what was asked for.
    var mismatches = 0
    /// Records outside the window.
    var outside = 0
    /// Records of another group than was asked for.
    var outsiders = 0
    /// The earliest `created_at`.
    var earliestCreation: Double?
    /// The latest `created_at`.
    var latestCreation: Double?
    /// The `created_at` of the last record that has one.
    var lastCreation: Double?
    /// The most that a record was created before one with a lower id, seconds.
    var displacement = 0.0
    /// Records older than the floor.
    var belowFloor = 0
    /// Records that were not asked for, by what they show.
    var unexpected: Int { mismatches + outside + belowFloor + outsiders }
    /// When the records begin, where that was asked for.
    var starts: [Double] = []
}

extension CutPage {
    /// What is committed of it.
    func rawPage(_ stream: StreamKey, request: String, serverTime: Double?) -> RawPage {
        RawPage(
            stream: stream, lines: lines, records: kept, request: request, next: next, reportedTotal: total,
            serverTime: serverTime, ids: ids)
    }
}

/// Why an answer with status 200 is no page.
enum PageFault: Error, Equatable {
    /// Cut, HTML, without records: what it is, without a value.
    case damaged(String)
    /// Clio's refusal for the rate, wrapped into a success, with the seconds that it names; 0: none.
    case limited(seconds: Double)
}
