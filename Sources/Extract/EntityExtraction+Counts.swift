internal import HTTP
internal import Pipelines
internal import Staging

extension EntityExtraction {
    /// Whether Clio's counts say something about this list: `meta.records` is documented nowhere, and may count what the
    /// filters leave out, or anything else.
    ///
    /// A filter that nothing can pass must count nothing; a count beside an empty list is none. Asked once, when a count and
    /// what came disagree: everything continues without counts then.
    func doCountsHold(_ writer: RawLayerWriter) async throws -> Bool {
        guard !tally.counts.areCountsVoid else { return false }
        let future = Moment.timestamp(client.clock.wall() + 10 * 366 * 86_400)
        var count: Int?
        for parameter in [entity.since.created, entity.since.updated].compactMap({ $0 }) where count == nil {
            do throws(ClioError) {
                let page = try await client.countingPage(entity, adding: [(parameter, future)], context("count")).cut
                if page.records == 0 { count = page.total }
            } catch {
                switch error.kind {
                case .refused, .offsetLimit, .missing: continue
                default: throw error
                }
            }
        }
        guard let count, count > 0 else { return true }
        try await record(.countsVoid(counted: count), to: writer)
        tally.update {
            $0.areCountsVoid = true
            $0.total = nil
        }
        return false
    }
}

extension RawManifest {
    /// Whether Clio's counts were found to say nothing about this list.
    var areCountsVoid: Bool { events.contains { if case .countsVoid = $0 { true } else { false } } }
}
