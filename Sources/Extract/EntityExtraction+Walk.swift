internal import HTTP
internal import Logging
internal import Pipelines
internal import Staging

extension EntityExtraction {
    /// How a walk along `next` ended.
    enum WalkEnd {
        /// Behind its last page.
        case finished
        /// Where its guide ended it.
        case met
        /// 422: the list shows no more.
        case wall
        /// A cursor is no longer taken before the list can have come to its wall.
        case lost
        /// The very first request was refused (400): a field, a parameter, or a cursor that is too old.
        case refused(ClioError)
        /// The first page was not what was asked for; it was not kept.
        case notKept(CutPage)
    }

    /// What the owner of a walk decides from page to page.
    struct WalkGuide: Sendable {
        /// Whether the first page is what was asked for.
        var mayKeep: @Sendable (CutPage) -> Bool = { _ in true }
        /// Sees every page that is durable; false ends the walk.
        var goesOn: @Sendable (CutPage) async -> Bool = { _ in true }
        /// Leaves out of a page what neighbouring streams bring.
        var trim: @Sendable (inout CutPage) -> Void = { _ in }
        /// Whether others come first.
        var isHistory = false
        /// The group that it brings, and its place among the entity's groups.
        var group: (key: String, rank: Int)?
    }

    /// Walks one stream from `start`; each page is committed before the next one is asked for.
    func walk(
        _ stream: String, from start: WebAddress, checks: PageChecks, writer: RawLayerWriter, guide: WalkGuide
    ) async throws(Halt) -> WalkEnd {
        board.begin(entity)
        defer { board.end(entity) }
        var checks = checks
        var address = start
        var isFirst = true
        var seen: Set<Int> = [start.target.hashValue]
        var standstills = 0
        while true {
            var page: ClientPage
            do throws(ClioError) {
                page = try await self.page(
                    address, checks, context(stream, isHistory: guide.isHistory, group: guide.group))
            } catch {
                switch error.kind {
                case .wall where isFirst, .refused where isFirst, .missing where isFirst: return .refused(error)
                // The address was Clio's own: what it refuses is the cursor, and a short list has no wall.
                case .wall, .refused, .missing:
                    let records = writer.manifest.streams[stream]?.records ?? 0
                    return records < client.settings.walkLimit ? .lost : .wall
                default: throw Halt(error)
                }
            }
            if tally.counts.areCountsVoid { page.cut.total = nil }
            let cut = page.cut
            board.note(entity, pageBytes: cut.lines.count)
            guide.trim(&page.cut)
            if isFirst, !guide.mayKeep(cut) { return .notKept(cut) }
            let next = try nextAddress(behind: page)
            // A cursor that leads in a circle has no end, and brings nothing that is not there.
            standstills = cut.records > 0 && cut.highestID != nil && cut.highestID == checks.above ? standstills + 1 : 0
            if let next, !seen.insert(next.target.hashValue).inserted || (checks.isOrderedByID && standstills > 1) {
                throw .clio(
                    ClioError(
                        .badPage,
                        "\(address.path): the links to the next page lead in a circle; what came so far is kept, run again"
                    ))
            }
            isFirst = false
            checks.above = cut.highestID
            checks.createdBefore = cut.latestCreation
            // Before the next page is asked for: a kill costs the page in flight, and never two. A commit takes
            // milliseconds where an answer takes a second.
            try await commit(page, stream, to: writer)
            let goesOn = await guide.goesOn(cut)
            guard let next else { return .finished }
            guard goesOn else { return .met }
            if isStopping() { throw .stopped }
            address = next
        }
    }

    /// One page. One with records that were not asked for is asked for again, since a filter that is overlooked once would
    /// bring foreign records, and leave out others behind them; where that does not help, it is Clio's way.
    private func page(
        _ address: WebAddress, _ checks: PageChecks, _ context: CallContext
    ) async throws(ClioError) -> ClientPage {
        var best = try await client.page(address, checks, context)
        for attempt in 1...2 {
            guard best.cut.strays > 0, tally.counts.strayPages < Self.strayPagesTried else { return best }
            let reason = "\(address.path): \(best.cut.strays) records are not what was asked for"
            context.onEvent(
                .retry(entity: context.entity, stream: context.stream, attempt: attempt, delay: 0, reason: reason))
            logger.info("trying again: \(reason)", metadata: ["entity": "\(context.entity)", "retry": "\(attempt)"])
            let other = try await client.page(address, checks, context)
            if other.cut.strays < best.cut.strays { best = other }
        }
        if best.cut.strays > 0 { tally.update { $0.strayPages += 1 } }
        return best
    }

    /// After so many pages that did not get better the filter has no effect at all, and asking again would only cost.
    private static let strayPagesTried = 2

    typealias ClientPage = ClioClient.Page

    /// Where the stream goes on; a link elsewhere is refused before anything of the page is kept.
    private func nextAddress(behind page: ClientPage) throws(Halt) -> WebAddress? {
        guard let text = page.cut.next else { return nil }
        guard let next = WebAddress(text), next.isSameOrigin(as: client.base) else {
            let place = WebAddress(text)?.origin ?? "no usable address"
            throw .clio(
                ClioError(
                    .foreignAddress,
                    "\(page.address.path): the link to the next page leads to \(place), not to \(client.base.origin); "
                        + "nothing was sent there; check CLIO_BASE_URL and the network between"))
        }
        guard next != page.address else {
            throw .clio(
                ClioError(.badPage, "\(page.address.path): the link to the next page leads to the same page again"))
        }
        return next
    }

    private func commit(_ page: ClientPage, _ stream: String, to writer: RawLayerWriter) async throws(Halt) {
        let cut = page.cut
        do throws(StagingError) {
            try await writer.commit(
                cut.rawPage(stream, request: page.address.target, serverDate: page.serverDate))
        } catch { throw .storage(error) }
        let counts = tally.update {
            $0.records += cut.records
            $0.newRecords += cut.records
            $0.duplicates += cut.duplicates
            $0.mismatches += cut.mismatches
            $0.outside += cut.outside
            if let total = cut.total, stream.hasPrefix(ChainPlan.whole) { $0.total = total }
        }
        onEvent(
            .pageCommitted(
                entity: entity.name, stream: stream, pageRecords: cut.records, records: counts.records,
                total: counts.total))
    }
}
