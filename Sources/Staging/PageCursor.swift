/// The sequence numbers of a raw part's lines, in order.
public struct PageCursor: Sendable {
    private let pages: [RawPageEntry]
    private var page = 0
    private var line = 0

    /// - Parameter pages: of the part, as `RawManifest.pages(of:)` has them.
    public init(_ pages: [RawPageEntry]) { self.pages = pages }

    /// The number of the next line; nil after the last page.
    public mutating func next() -> Int64? {
        while page < pages.count, line >= pages[page].records {
            line = 0
            page += 1
        }
        guard page < pages.count else { return nil }
        line += 1
        return pages[page].sequence + Int64(line - 1)
    }
}
