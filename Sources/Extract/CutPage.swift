internal import JSON

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

extension CutPage {
    /// Keeps what stands behind the last record with an id up to `seen` and before the first one from `seam` on: the others
    /// are neighbouring streams' records, among them those that have no id to be told by.
    mutating func trim(behind seen: Int64?, before seam: Int64?) {
        let isBehind = seen.map { (lowestID ?? .max) <= $0 } ?? false
        let isBefore = seam.map { (highestID ?? .min) >= $0 } ?? false
        guard isBehind || isBefore else { return }
        let parser = JSONParser()
        var first = 0
        var last: Int?
        var ends: [Int] = []
        var begin = 0
        for (place, byte) in lines.enumerated() where byte == UInt8(ascii: "\n") {
            let id = lines[begin..<place].withUnsafeBytes { (try? parser.parse($0))?["id"]?.int64 }
            if let id {
                if let seen, id <= seen { first = ends.count + 1 }
                if let seam, id >= seam, last == nil { last = ends.count }
            }
            begin = place + 1
            ends.append(begin)
        }
        let end = max(first, last ?? ends.count)
        lines = Array(lines[(first == 0 ? 0 : ends[first - 1])..<(end == 0 ? 0 : ends[end - 1])])
        records = end - first
    }
}

/// Why an answer with status 200 is no page.
enum PageFault: Error, Equatable {
    /// Cut, HTML, without records: what it is, without a value.
    case damaged(String)
    /// Clio's refusal for the rate, wrapped into a success.
    case limited
}
