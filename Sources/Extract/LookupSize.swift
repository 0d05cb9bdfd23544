/// Learns how many ids one `ids[]` request may carry, which Clio documents nowhere.
struct LookupSize: Sendable {
    /// How many the next request carries.
    private(set) var ids: Int
    private var limit = LookupSize.most

    /// Records of one page: more ids could not be answered at once.
    private static let most = 200
    private static let least = 6

    /// - Parameter ids: at first; a URL with 50 is taken everywhere.
    init(_ ids: Int = 50) { self.ids = ids }

    /// A request with so many ids was answered: a full one is followed by one of twice the size.
    mutating func accepted(_ count: Int) {
        if count == ids, ids < limit { ids = min(ids * 2, limit) }
    }

    /// A request with so many ids was refused: the next one carries half.
    /// - Returns: false when that is too few to be of use.
    mutating func refused(_ count: Int) -> Bool {
        limit = max(count / 2, 1)
        guard limit >= Self.least else { return false }
        ids = limit
        return true
    }
}
