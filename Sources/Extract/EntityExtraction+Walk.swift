internal import HTTP
internal import Pipelines
internal import Staging

extension EntityExtraction {
    /// How a walk along `next` ended.
    enum WalkEnd {
        /// Behind its last page.
        case finished
        /// 422: the list shows no more. The earliest creation on the last page and the highest id, where they are known.
        case wall(floor: String?, highestID: Int64?)
        /// The very first request was refused (400): a field, a parameter, or a cursor that is too old.
        case refused(ClioError)
        /// The first page says that there are more records than this walk can reach; it was not kept.
        case tooMany(Int, first: CutPage)
    }

    /// Walks one stream from `start`; each page is committed before the one after the next is asked for.
    /// - Parameter limit: the most records that Clio may report on the first page.
    func walk(
        _ stream: String, from start: WebAddress, checks: PageChecks, writer: RawLayerWriter, limit: Int? = nil
    ) async throws(Halt) -> WalkEnd {
        var checks = checks
        var pending = fetch(start, checks, stream)
        var isFirst = true
        var floor: String?
        while true {
            let result = await withTaskCancellationHandler {
                await pending.value
            } onCancel: { [pending] in
                pending.cancel()
            }
            let page: ClientPage
            switch result {
            case .success(let received): page = received
            case .failure(let error):
                switch error.kind {
                case .wall where isFirst, .refused where isFirst, .missing where isFirst: return .refused(error)
                case .wall: return .wall(floor: floor, highestID: checks.above)
                default: throw Halt(error)
                }
            }
            let cut = page.cut
            if isFirst, let limit, let total = cut.total, total > limit { return .tooMany(total, first: cut) }
            let next = try nextAddress(behind: page)
            isFirst = false
            checks.above = cut.highestID
            // Before the next page is asked for: a kill costs the page in flight, and never two. A commit takes
            // milliseconds where an answer takes a second.
            try await commit(page, stream, to: writer)
            floor = cut.earliestCreation
            guard let next else { return .finished }
            if isStopping() { throw .stopped }
            pending = fetch(next, checks, stream)
        }
    }

    typealias ClientPage = ClioClient.Page

    private func fetch(
        _ address: WebAddress, _ checks: PageChecks, _ stream: String
    ) -> Task<Result<ClientPage, ClioError>, Never> {
        let client = client
        let context = context(stream)
        return Task {
            do throws(ClioError) {
                return .success(try await client.page(address, checks, context))
            } catch {
                return .failure(error)
            }
        }
    }

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
                RawPage(
                    stream: stream, lines: cut.lines, records: cut.records, request: page.address.target,
                    next: cut.next, reportedTotal: cut.total, serverDate: page.serverDate))
        } catch { throw .storage(error) }
        let counts = tally.update {
            $0.records += cut.records
            $0.newRecords += cut.records
            $0.duplicates += cut.duplicates
            $0.mismatches += cut.mismatches
            $0.outside += cut.outside
            if let total = cut.total, entity.windows == nil || stream == Self.wholeStream { $0.total = total }
        }
        onEvent(
            .pageCommitted(
                entity: entity.name, stream: stream, pageRecords: cut.records, records: counts.records,
                total: counts.total))
    }

    /// The stream of a list that is walked in one go.
    static let wholeStream = "all"
}
