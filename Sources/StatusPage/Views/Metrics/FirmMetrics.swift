/// The samples of one connection: made once for each reading of it, and put together by family for `/metrics`.
struct FirmMetrics: Sendable {
    private let text: [UInt8]
    /// Where the lines of each family end.
    private let ends: [Int]

    init(_ status: ConnectionStatus) {
        var writer = SampleWriter(status)
        ends = MetricFamily.all.map { family in
            writer.name = family.name
            family.write(status, &writer)
            return writer.text.count
        }
        text = writer.text
    }

    /// The lines of a family, by its place in `MetricFamily.all`.
    func lines(_ family: Int) -> ArraySlice<UInt8> { text[(family == 0 ? 0 : ends[family - 1])..<ends[family]] }
}
