internal import HTTP
internal import JSON
internal import Pipelines
internal import Staging

// Which records a list has, beside those that Clio deleted: some leave it, others are missing here.

extension EntityExtraction {
    // MARK: Left

    /// Those of these ids, all of which Clio has, that the list's own parameters leave out.
    func left(_ ids: [String]) async throws -> [String] {
        guard !entity.parameters.isEmpty else { return [] }
        var left: [String] = []
        for begin in stride(from: 0, to: ids.count, by: Self.idsPerRequest) {
            let some = Array(ids[begin..<min(begin + Self.idsPerRequest, ids.count)])
            do throws(ClioError) {
                let shown = try await present(some, entity.parameters.map { ($0.name, $0.value) })
                // Others than these: the filter has no effect.
                guard shown.isSubset(of: some) else { return [] }
                left += some.filter { !shown.contains($0) }
            } catch {
                switch error.kind {
                case .refused, .offsetLimit, .missing: return left
                default: throw error
                }
            }
        }
        return left
    }

    /// Deletes records that left the list and that Clio has no more: its counts of the list do not tell.
    /// - Returns: how many.
    func deleteDeparted(_ writer: RawLayerWriter) async throws -> Int {
        let departed = writer.manifest.departed
        guard !departed.isEmpty, let absent = try await gone(of: departed) else { return 0 }
        var gone: [String] = []
        var hidden: [String] = []
        for id in absent {
            switch try await presence(id) {
            case .gone: gone.append(id)
            case .hidden: hidden.append(id)
            case .present: break
            }
        }
        let count = gone.count + hidden.count
        guard count > 0, try await mayRemove(count, of: held(writer) + departed.count, writer) else { return 0 }
        try await writer.delete(gone)
        try await writer.delete(hidden, areHidden: true)
        return count
    }

    // MARK: Missing

    /// Fetches the records that are missing in some ranges of creation times: the ids of those ranges are read, and no others.
    /// - Returns: false when that does not find them, or takes more than a quarter of what all ids take.
    func fetch(
        _ lacks: [DeletionSearch.Lack], _ held: [DeletionSearch.Held], _ parameter: String, _ writer: RawLayerWriter,
        _ fields: FieldList
    ) async throws -> Bool {
        let known = Set(held.compactMap(\.id))
        var missing: Set<String> = []
        var pages = (held.count + Self.idsPerPage - 1) / Self.idsPerPage / Self.shareOfSweep
        for lack in lacks {
            guard let ids = try await ids(of: lack, parameter, &pages) else { return false }
            let new = ids.subtracting(known)
            // A record without an id can be missing, too.
            guard !new.isEmpty else { return false }
            missing.formUnion(new)
        }
        return try await fetch(missing.sorted(), writer, fields)
    }

    private static let idsPerPage = 200
    private static let shareOfSweep = 4

    /// The ids of a range: pages from its begin on, until as many records of it came as Clio counts there.
    /// - Parameter pages: how many may still be requested.
    /// - Returns: nil when they ran out, or when Clio ignores or refuses the filter.
    private func ids(
        of lack: DeletionSearch.Lack, _ parameter: String, _ pages: inout Int
    ) async throws -> Set<String>? {
        var query = entity.parameters.map { ($0.name, $0.value) }
        var checks = PageChecks()
        if let since = lack.since {
            query.append((parameter, Moment.timestamp(Double(since))))
            checks.floor = FloorCheck(field: "created_at", moment: Double(since))
        }
        query.append(("limit", String(min(Self.idsPerPage, entity.maximumBatchSize))))
        if let order = entity.order { query.append(("order", order)) }
        query.append(("fields", "id,created_at"))
        guard let start = client.address("\(entity.endpoint).json", query) else { throw client.unusable }
        var cursor = StreamCursor(start, checks: checks, base: client.base, limit: client.settings.offsetLimit)
        var ids: Set<String> = []
        var records = 0
        var hasNext = true
        while hasNext, records < lack.counted {
            guard pages > 0 else { return nil }
            pages -= 1
            let page: ClioClient.Page
            do throws(ClioError) {
                page = try await client.page(cursor.address, cursor.checks, context("ids"))
            } catch {
                switch error.kind {
                case .refused, .offsetLimit, .missing: return nil
                default: throw error
                }
            }
            guard page.cut.belowFloor == 0 else { return nil }
            for (id, created) in Self.creations(page.cut.lines) {
                // Whether a moment belongs to the records since then is not known.
                if let until = lack.until, let created, created > Double(until) { continue }
                records += 1
                if let id { ids.insert(id) }
            }
            hasNext = try cursor.received(page.cut, from: page.address)
            if isStopping() { throw Halt.stopped }
        }
        return records < lack.counted ? nil : ids
    }

    private static func creations(_ lines: [UInt8]) -> [(id: String?, created: Double?)] {
        let parser = JSONParser()
        return lines.split(separator: UInt8(ascii: "\n")).map { line in
            Array(line).withUnsafeBytes { bytes in
                let record = try? parser.parse(copying: bytes)
                let id = record?["id"]
                return (id?.int64.map { String($0) } ?? id?.string, record?["created_at"]?.moment)
            }
        }
    }
}
