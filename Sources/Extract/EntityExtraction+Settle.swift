internal import HTTP
internal import Pipelines
internal import Staging
internal import Synchronization

extension EntityExtraction {
    /// Fetches what changed meanwhile, and compares the records with Clio's count.
    func settle(_ fetch: ListFetch, _ writer: RawLayerWriter, _ fields: inout FieldList) async throws -> Verdict {
        var fetch = fetch
        if writer.manifest.pages.count > 1 { try await fetchChanges(writer, fields, again: false) }
        if try await repairShift(writer, fields) { fetch.hasOverlaps = true }
        var expected = lastCount(fetch, writer.manifest)
        if expected == nil { expected = try await recount() }
        var (received, isExact) = try await distinct(fetch, writer, atLeast: expected)
        if let count = expected, received < count, try await !doCountsHold(writer) { expected = nil }
        // Another pass fetches what was created between the last one and the count.
        var passes = 0
        while let count = expected, received < count, passes < 2, writer.manifest.pages.count > 1 {
            passes += 1
            guard try await fetchChanges(writer, fields, again: true) else { break }
            expected = try await recount()
            (received, isExact) = try await distinct(fetch, writer, atLeast: expected)
        }
        let list = PartitionSet(entity, writer.manifest)
        // If the list was partitioned by counts that turned out to be wrong, nothing else shows that it is complete.
        let isUnproven = expected == nil && tally.counts.areCountsVoid && list.isSplitByCounts
        let isShort = expected.map { received < $0 && list.hasBounds } ?? isUnproven
        if isShort, !list.isRefetched {
            try await record(.refetched(list.refetchKey, expected: expected, received: received), to: writer)
            return try await settle(try await fetchInOrder(writer, &fields), writer, &fields)
        }
        if let count = expected, received < count, grouping != nil, list.all.isEmpty {
            // Groups alone are fewer than Clio counts by now.
            return try await settle(try await fetchInOrder(writer, &fields), writer, &fields)
        }
        let isLimited = writer.manifest.events.contains(where: \.isFinalLimit)
        var verdict = try await self.verdict(
            expected: expected, before: fetch.countedBefore, received: received, isLimited: isLimited, writer)
        verdict.held = isExact ? received : nil
        return verdict
    }

    /// Clio's count on the last page of a list in one partition, when nothing changed meanwhile: as good as another request.
    private func lastCount(_ fetch: ListFetch, _ manifest: RawManifest) -> Int? {
        // An earlier process may have fetched changes, too.
        guard !fetch.hasOverlaps, !closingPages(manifest).contains(where: { $0.records > 0 }) else { return nil }
        let last = manifest.pages.last { $0.stream.isList }
        return last?.reportedTotal.flatMap { $0 <= manifest.records - tally.counts.duplicates ? $0 : nil }
    }

    func recount() async throws -> Int? {
        guard !tally.counts.areCountsVoid else { return nil }
        return try await client.count(entity, adding: [], context("count"))
    }

    /// Different records in the layer: at least that many when it is enough for the comparison, else exactly.
    private func distinct(
        _ fetch: ListFetch, _ writer: RawLayerWriter, atLeast wanted: Int?
    ) async throws -> (records: Int, isExact: Bool) {
        let counts = tally.counts
        let records = writer.manifest.records
        let isWholeRun = counts.newRecords == records && !fetch.hasOverlaps && entity.order == "id(asc)"
        if isWholeRun {
            let sure = records - counts.duplicates - counts.changed
            if counts.changed == 0 || wanted.map({ sure >= $0 }) ?? true { return (sure, counts.changed == 0) }
        }
        return (try await staged(writer).count, true)
    }

    // MARK: The closing pass

    /// The pages of closing passes.
    func closingPages(_ manifest: RawManifest) -> [RawPageEntry] {
        manifest.pages.filter(\.stream.isChanges)
    }

    /// Before the moment that the pass asks from, by the server's clock; edits of the same second, and answers under way.
    private static let overlap = 300.0

    /// Requests what was created or changed since the list was begun, or since the last such pass.
    /// - Parameters:
    ///   - again: another pass, although there was one.
    ///   - addsOnlyNew: leave out records that are held byte for byte.
    /// - Returns: whether anything was asked for.
    @discardableResult
    func fetchChanges(
        _ writer: RawLayerWriter, _ fields: FieldList, again: Bool, addsOnlyNew: Bool = false
    ) async throws -> Bool {
        guard let parameter = entity.since.updated else { return false }
        let passes = writer.manifest.streams.filter(\.key.isChanges)
        let latest = passes.max { $0.value.place < $1.value.place }
        if let latest, latest.value.finished, !again { return false }
        let key: StreamKey
        let start: WebAddress
        var checks = PageChecks(isOrderedByID: entity.order == "id(asc)")
        checks.expectations = self.checks.expectations
        var isContinued = false
        if let latest, !latest.value.finished, let next = latest.value.next.flatMap({ WebAddress($0) }) {
            key = latest.key
            start = next
            isContinued = true
        } else {
            guard let moment = changesSince(writer.manifest) else { return false }
            key = StreamKey(.changes(since: moment)).free { passes[$0] != nil }
            checks.floor = FloorCheck(field: "updated_at", moment: moment)
            start = try firstAddress(fields, adding: [(parameter, Moment.timestamp(moment))])
        }
        var guide = StreamGuide()
        guide.accepts = { $0.belowFloor == 0 }
        if addsOnlyNew { guide.select = try onlyNew(key, writer) }
        guide.continues = { [tally] page in
            tally.update {
                $0.changed += page.records
                $0.duplicates -= page.duplicates
            }
            return true
        }
        switch try await fetch(key, from: start, checks: checks, writer: writer, guide: guide) {
        case .finished, .satisfied:
            // Its first pages are as old as the interruption: what changed on them since is asked for anew.
            guard isContinued else { return true }
            return try await fetchChanges(writer, fields, again: true, addsOnlyNew: addsOnlyNew)
        case .limitReached, .cursorLost:
            try await record(.limitReached(key, passedBy: nil, shown: nil), to: writer)
            try await writer.endStream(key)
        case .rejected:
            try await record(.changesFilterIgnored(parameter: parameter, refusal: nil), to: writer)
        case .refused(let error):
            if writer.manifest.streams[key] != nil {
                // A cursor that is no longer taken: the pass starts again with another key.
                try await writer.endStream(key)
                return try await fetchChanges(writer, fields, again: true, addsOnlyNew: addsOnlyNew)
            }
            try await record(
                .changesFilterIgnored(parameter: parameter, refusal: error.kind.rawValue), to: writer)
        }
        return false
    }

    /// Leaves records out of pages that the overlap brought once more.
    ///
    /// A record that is held as it is was received after its last change: only pages of that time are compared.
    private func onlyNew(
        _ key: StreamKey, _ writer: RawLayerWriter
    ) throws -> @Sendable (inout CutPage) async throws -> Void {
        guard case .changes(let since) = key.scope else { return { _ in } }
        let mask = try mask()
        let known = Mutex<HeldVersions?>(nil)
        return { page in
            guard page.kept > 0 else { return }
            var held = known.withLock { $0 }
            if held == nil {
                try await writer.seal()
                held = try await HeldVersions.read(
                    writer.files, alive: writer.manifest, of: .line, receivedSince: since - Self.overlap)
                known.withLock { $0 = held }
            }
            page.kept = held?.removeHeld(from: &page.lines, stored: mask?.apply(page.lines)) ?? page.kept
        }
    }

    /// The moment from which changes are requested; nil when the list has no such filter, or holds no page.
    func changesSince(_ manifest: RawManifest) -> Double? {
        guard entity.since.updated != nil else { return nil }
        let latest = manifest.streams.filter(\.key.isChanges).max { $0.value.place < $1.value.place }
        if let latest, !latest.value.isExhausted, case .changes(let asked) = latest.key.scope {
            // It did not come to its end: what it was to bring is still to be asked for.
            return asked
        }
        return Self.beginning(latest?.value, manifest).map { ($0 - Self.overlap).rounded(.down) }
    }

    /// The moment, UTC by this machine's clock, that a list's records show it at: when the last pass of changes was begun.
    /// Without one, what changed on the first page since it was fetched is missing.
    static func shownAt(_ manifest: RawManifest) -> String? {
        let latest = manifest.streams.filter(\.key.isChanges).max { $0.value.place < $1.value.place }
        let first = manifest.pages.first
        guard let latest, latest.value.isExhausted else { return first?.receivedAt }
        return manifest.pages.first { $0.stream == latest.key }?.receivedAt ?? first?.receivedAt
    }

    /// When the last pass, or the list, was begun, by the server's clock where it is known.
    static func beginning(_ latest: RawStream?, _ manifest: RawManifest) -> Double? {
        if let time = latest?.serverTime ?? manifest.pages.first?.serverTime { return time }
        return manifest.pages.first.flatMap { Moment.seconds($0.receivedAt) }.map { $0 - overlap }
    }

    /// Fewer than Clio counts is a loss; more only means that the list changed meanwhile.
    /// - Parameter before: Clio's count at the beginning, for a list that does not contain what is added meanwhile.
    func verdict(
        expected: Int?, before: Int?, received: Int, isLimited: Bool, _ writer: RawLayerWriter
    ) async throws -> Verdict {
        guard let expected else {
            try await record(.countUnknown, to: writer)
            return Verdict(
                expected: nil, status: isLimited ? .partial : .complete,
                message: isLimited ? "the list ended at Clio's limit" : nil)
        }
        guard received != expected else { return Verdict(expected: expected) }
        let isMissing = isLimited || received < min(expected, before ?? expected)
        let message = "Clio counts \(expected) records, \(received) came"
        try await record(.countDiffers(expected: expected, received: received, isShort: isMissing), to: writer)
        return Verdict(
            expected: expected, status: isMissing ? .partial : .complete, message: isMissing ? message : nil)
    }
}
