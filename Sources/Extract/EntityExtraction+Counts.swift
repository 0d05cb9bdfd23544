internal import HTTP
internal import Pipelines
internal import Staging

extension EntityExtraction {
    static let countsVoidCode = "counts_void"

    /// Whether Clio's counts say something about this list: `meta.records` is documented nowhere, and may count what the
    /// filters leave out, or anything else.
    ///
    /// A filter that nothing can pass must count nothing; a count beside an empty list is none. Asked once, when a count and
    /// what came disagree: everything goes on without counts then.
    func doCountsHold(_ writer: RawLayerWriter) async throws(Halt) -> Bool {
        guard !tally.counts.areCountsVoid else { return false }
        guard let parameter = entity.since.created ?? entity.since.updated else { return true }
        let future = Moment.timestamp(client.clock.wall() + 10 * 366 * 86_400)
        let page: CutPage
        do throws(ClioError) {
            page = try await client.countingPage(entity, adding: [(parameter, future)], context("count")).cut
        } catch {
            switch error.kind {
            case .refused, .wall, .missing: return true
            default: throw Halt(error)
            }
        }
        guard page.records == 0, let count = page.total, count > 0 else { return true }
        try await note(
            Self.countsVoidCode, .info,
            "Clio counts \(count) records where it shows none: its counts are not gone by for this list", to: writer)
        tally.update {
            $0.areCountsVoid = true
            $0.total = nil
        }
        return false
    }
}
