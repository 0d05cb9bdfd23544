internal import HTTP
internal import Logging
internal import Pipelines
internal import Staging

extension EntityExtraction {
    /// What the owner of a stream decides from page to page.
    struct StreamGuide: Sendable {
        /// Whether the first page is what was asked for.
        var accepts: @Sendable (CutPage) -> Bool = { _ in true }
        /// Leaves out lines of a page before it is stored.
        var select: (@Sendable (inout CutPage) async throws -> Void)?
        /// Takes every page once it is durable; false ends the stream.
        var continues: @Sendable (CutPage) async throws -> Bool = { _ in true }
        /// Whether others come first.
        var isHistory = false
        /// The group that it fetches, and its place among the entity's groups.
        var group: (key: String, rank: Int)?
    }

    /// Fetches one stream from `start`; each page is committed before the next one is asked for.
    func fetch(
        _ stream: StreamKey, from start: WebAddress, checks: PageChecks, writer: RawLayerWriter, guide: StreamGuide
    ) async throws -> StreamEnd {
        board.begin(entity)
        defer { board.end(entity) }
        var cursor = StreamCursor(start, checks: checks, base: client.base, limit: client.settings.offsetLimit)
        while true {
            var page: ClientPage
            do throws(ClioError) {
                page = try await self.page(
                    cursor.address, cursor.checks,
                    context(stream.name, isHistory: guide.isHistory, group: guide.group))
            } catch {
                let records = writer.manifest.streams[stream]?.records ?? 0
                guard let end = cursor.failed(error, records: records) else { throw error }
                return end
            }
            if tally.counts.areCountsVoid { page.cut.total = nil }
            board.note(entity, pageBytes: page.cut.lines.count)
            if cursor.isFirst, !guide.accepts(page.cut) { return .rejected(page.cut) }
            let hasNext = try cursor.received(page.cut, from: page.address)
            try await guide.select?(&page.cut)
            // Before the next page is asked for: a kill costs the page in flight, and never two. A commit takes
            // milliseconds where an answer takes a second.
            try await commit(page, stream, to: writer)
            let continues = try await guide.continues(page.cut)
            guard hasNext else { return .finished }
            guard continues else { return .satisfied }
            if isStopping() { throw Halt.stopped }
        }
    }

    /// One page. One with records that were not asked for is asked for again, since a filter that is overlooked once would
    /// return unrequested records, and leave out others after them; where that does not help, Clio answers like that.
    private func page(
        _ address: WebAddress, _ checks: PageChecks, _ context: CallContext
    ) async throws(ClioError) -> ClientPage {
        var best = try await client.page(address, checks, context)
        for attempt in 1...2 {
            guard best.cut.unexpected > 0, tally.counts.unexpectedPages < Self.unexpectedPagesTried else { return best }
            let reason = "\(address.path): \(best.cut.unexpected) records are not what was asked for"
            context.onEvent(
                .retry(entity: context.entity, stream: context.stream, attempt: attempt, delay: 0, reason: reason))
            logger.info("trying again: \(reason)", metadata: ["entity": "\(context.entity)", "retry": "\(attempt)"])
            let other = try await client.page(address, checks, context)
            if other.cut.unexpected < best.cut.unexpected { best = other }
        }
        if best.cut.unexpected > 0 { tally.update { $0.unexpectedPages += 1 } }
        return best
    }

    /// After so many pages that did not get better the filter has no effect at all, and asking again would only cost.
    private static let unexpectedPagesTried = 2

    typealias ClientPage = ClioClient.Page

    private func commit(_ page: ClientPage, _ stream: StreamKey, to writer: RawLayerWriter) async throws {
        let cut = page.cut
        try await writer.commit(
            cut.rawPage(stream, request: page.address.target, serverTime: page.serverTime))
        await pageStored?()
        let counts = tally.update {
            $0.records += cut.kept
            $0.newRecords += cut.kept
            $0.duplicates += cut.duplicates
            $0.mismatches += cut.mismatches
            $0.outside += cut.outside
            if let total = cut.total, stream.isList { $0.total = total }
        }
        onEvent(
            .pageCommitted(
                entity: entity.name, stream: stream.name, pageRecords: cut.kept, records: counts.records,
                total: counts.total))
    }
}
