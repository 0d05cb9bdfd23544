/// The sequence numbers of a raw part's lines, in order.
public struct PageCursor: Sendable {
    private let spans: [PageSpan]
    private var span = 0
    private var line = 0

    /// - Parameter pages: of the part, as `RawManifest.pages(of:)` has them.
    public init(_ pages: [RawPageEntry]) { spans = pages.flatMap(\.spans) }

    /// The number of the next line; nil after the last page.
    public mutating func next() -> Int64? {
        while span < spans.count, line >= spans[span].records {
            line = 0
            span += 1
        }
        guard span < spans.count else { return nil }
        line += 1
        return spans[span].sequence + Int64(line - 1)
    }
}
