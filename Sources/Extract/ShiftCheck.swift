internal import Staging

/// What the counts on the pages of a list without an order say about what was deleted while it was fetched.
///
/// Such a list is served by place: what is deleted from a page that was read moves all that follows forward by one, and the record
/// at the next page boundary is on no page. Clio's count at the end does not tell, since it misses the deleted one, too.
enum ShiftCheck: Equatable {
    /// All streams had one page, or there is none.
    case noBoundary
    /// Fewer records were counted from one page to the next.
    case deleted
    /// No count fell; so many were added by them. More that came into being hide as many that were deleted.
    case added(Int)
    /// There are pages without a count.
    case unknown

    /// - Parameter isList: whether a stream fetches the list itself.
    init(_ manifest: RawManifest, _ isList: (StreamKey) -> Bool) {
        var counts: [StreamKey: [Int?]] = [:]
        for page in manifest.pages where isList(page.stream) {
            counts[page.stream, default: []].append(page.reportedTotal)
        }
        counts = counts.filter { $0.value.count > 1 }
        var added = 0
        self = counts.isEmpty ? .noBoundary : .added(0)
        for list in counts.values {
            let known = list.compactMap(\.self)
            if zip(known, known.dropFirst()).contains(where: { $0 > $1 }) {
                self = .deleted
                return
            }
            if known.count < list.count { self = .unknown }
            added += known.last.map { $0 - known[0] } ?? 0
        }
        if self == .added(0) { self = .added(added) }
    }
}
