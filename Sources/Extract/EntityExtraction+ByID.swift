internal import HTTP
internal import JSON
internal import Pipelines
internal import Staging

extension EntityExtraction {
    /// A URL of this length is taken everywhere.
    static let idsPerRequest = 50
    /// So many records are requested one by one where a list ignores or refuses `ids[]`.
    static let mostSingles = 1_000

    /// Fetches records by their ids: many at once where the list takes `ids[]`, else one by one.
    /// - Returns: false when some could not be fetched.
    func fetch(_ missing: [String], _ writer: RawLayerWriter, _ fields: FieldList) async throws -> Bool {
        for begin in stride(from: 0, to: missing.count, by: Self.idsPerRequest) {
            let some = Array(missing[begin..<min(begin + Self.idsPerRequest, missing.count)])
            // What was fetched before may be missing again: deleted, and restored.
            let key = StreamKey(.ids(first: some[0], last: some[some.count - 1])).free {
                writer.manifest.streams[$0]?.finished == true
            }
            var guide = StreamGuide()
            let most = some.count
            guide.accepts = { $0.records <= most && ($0.total ?? 0) <= most }
            let start = try firstAddress(fields, adding: some.map { ("ids[]", $0) })
            switch try await fetch(key, from: start, checks: PageChecks(), writer: writer, guide: guide) {
            case .finished, .satisfied: continue
            case .rejected, .limitReached, .cursorLost, .refused:
                let rest = Array(missing[begin...])
                if rest.count <= Self.mostSingles, try await fetchSingly(rest, writer, fields) { return true }
                try await record(.idsFilterIgnored(records: rest.count, isLookup: false), to: writer)
                return false
            }
        }
        return true
    }

    /// Fetches records one by one.
    /// - Returns: false when one of them is not shown.
    private func fetchSingly(_ ids: [String], _ writer: RawLayerWriter, _ fields: FieldList) async throws -> Bool {
        var isWhole = true
        for id in ids {
            let parameters = fields.wanted.isEmpty ? [] : [("fields", fields.parameter)]
            guard let address = client.address("\(entity.endpoint)/\(id).json", parameters) else {
                throw client.unusable
            }
            var checks = PageChecks()
            checks.isSingle = true
            var guide = StreamGuide()
            guide.accepts = { $0.records == 1 && $0.firstID == id }
            let key = StreamKey(.ids(first: id, last: id)).free { writer.manifest.streams[$0]?.finished == true }
            switch try await fetch(key, from: address, checks: checks, writer: writer, guide: guide) {
            case .finished, .satisfied: continue
            case .rejected, .limitReached, .cursorLost, .refused: isWhole = false
            }
            if isStopping() { throw Halt.stopped }
        }
        return isWhole
    }

    /// Those of these ids that Clio has no more, whatever the entity's own parameters leave out: looked up many at once where
    /// the list takes `ids[]`, else one by one.
    /// - Returns: nil when they are too many for that.
    func gone(of ids: [String]) async throws -> [String]? {
        var gone: [String] = []
        var size = LookupSize()
        var rest = ids[...]
        while !rest.isEmpty {
            let some = Array(rest.prefix(size.ids))
            switch try await lookUp(some) {
            case .found(let found):
                gone += some.filter { !found.contains($0) }
                rest = rest.dropFirst(some.count)
                size.accepted(some.count)
                continue
            case .refused where size.refused(some.count): continue
            case .refused, .ignored: break
            }
            guard rest.count <= Self.mostSingles else { return nil }
            for id in rest {
                if try await presence(id) != .present { gone.append(id) }
                if isStopping() { throw Halt.stopped }
            }
            return gone
        }
        return gone
    }

    private enum Lookup {
        /// Those that Clio still has.
        case found(Set<String>)
        /// The filter has no effect.
        case ignored
        /// Clio refuses the filter, or so many ids.
        case refused
    }

    private func lookUp(_ ids: [String]) async throws -> Lookup {
        var query = ids.map { ("ids[]", $0) } + [("limit", "200"), ("fields", "id")]
        if let order = entity.order { query.append(("order", order)) }
        guard let address = client.address("\(entity.endpoint).json", query) else { throw client.unusable }
        do throws(ClioError) {
            let page = try await client.page(address, PageChecks(), context("ids"))
            let found = StagedIDs.ids(page.cut.lines)
            return found.isSubset(of: ids) ? .found(found) : .ignored
        } catch {
            switch error.kind {
            case .refused, .offsetLimit, .missing: return .refused
            default: throw error
            }
        }
    }
}
