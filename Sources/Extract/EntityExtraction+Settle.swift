internal import HTTP
internal import Pipelines
internal import Staging

extension EntityExtraction {
    /// Catches what changed during the walk, and compares what came with Clio's count.
    func settle(_ walk: Walk, _ writer: RawLayerWriter, _ fields: inout FieldList) async throws(Halt) -> Verdict {
        var walk = walk
        if writer.manifest.pages.count > 1 { try await catchUp(writer, fields, again: false) }
        if try await mend(writer, fields) { walk.hasSeams = true }
        var expected = lastCount(walk, writer.manifest)
        if expected == nil { expected = try await recount() }
        var received = try await distinct(walk, writer, atLeast: expected)
        if let count = expected, received < count, try await !doCountsHold(writer) { expected = nil }
        // What came into being between the closing pass and the count is caught by another.
        var passes = 0
        while let count = expected, received < count, passes < 2, writer.manifest.pages.count > 1 {
            passes += 1
            guard try await catchUp(writer, fields, again: true) else { break }
            expected = try await recount()
            received = try await distinct(walk, writer, atLeast: expected)
        }
        let plan = ChainPlan(entity, pageSize: batchSize, manifest: writer.manifest)
        // Where the list was parted by counts that turned out to be none, nothing else says that it is whole.
        let isUnproven = expected == nil && tally.counts.areCountsVoid && plan.isParted
        let isShort = expected.map { received < $0 && plan.hasSeams } ?? isUnproven
        if isShort, !plan.chains.contains(where: \.isRewalk) {
            var plan = plan
            let again = plan.rewalk()
            try await note(
                ChainPlan.rewalkCode, .info,
                "Clio counts \(expected.map { String($0) } ?? "no") records, \(received) came in several chains; the list is "
                    + "walked again in one",
                stream: again.name, to: writer)
            return try await settle(try await walkInOrder(writer, &fields), writer, &fields)
        }
        if let count = expected, received < count, grouping != nil, plan.chains.isEmpty {
            // Groups alone are fewer than Clio counts by now.
            return try await settle(try await walkInOrder(writer, &fields), writer, &fields)
        }
        let hitWall = writer.manifest.notes.contains { $0.code == "wall" && $0.severity == .warning }
        return try await verdict(
            expected: expected, before: walk.countedBefore, received: received, hitWall: hitWall, writer)
    }

    /// Clio's count on the last page of a walk in one chain, when nothing changed meanwhile: as good as another request.
    private func lastCount(_ walk: Walk, _ manifest: RawManifest) -> Int? {
        // An earlier process may have brought changes, too.
        guard !walk.hasSeams, !closingPages(manifest).contains(where: { $0.records > 0 }) else { return nil }
        let last = manifest.pages.last { $0.stream.hasPrefix(ChainPlan.whole) }
        return last?.reportedTotal.flatMap { $0 <= manifest.records - tally.counts.duplicates ? $0 : nil }
    }

    func recount() async throws(Halt) -> Int? {
        guard !tally.counts.areCountsVoid else { return nil }
        do throws(ClioError) {
            return try await client.count(entity, adding: [], context("count"))
        } catch { throw Halt(error) }
    }

    /// Different records in the layer: at least that many when it is enough for the comparison, else exactly.
    private func distinct(_ walk: Walk, _ writer: RawLayerWriter, atLeast wanted: Int?) async throws(Halt) -> Int {
        let counts = tally.counts
        let records = writer.manifest.records
        let isWholeRun = counts.newRecords == records && !walk.hasSeams && entity.order == "id(asc)"
        if isWholeRun {
            let sure = records - counts.duplicates - counts.changed
            if counts.changed == 0 || wanted.map({ sure >= $0 }) ?? true { return sure }
        }
        do throws(StagingError) {
            try await writer.seal()
            return try await StagedIDs.read(writer.files).count
        } catch { throw .storage(error) }
    }

    // MARK: The closing pass

    /// The pages that closing passes brought.
    func closingPages(_ manifest: RawManifest) -> [RawPageEntry] {
        guard let parameter = entity.since.updated else { return [] }
        return manifest.pages.filter { $0.stream.hasPrefix(parameter + "=") }
    }

    /// Before the moment that the pass asks from, by the server's clock; edits of the same second, and answers under way.
    private static let overlap = 300.0

    /// Asks for what was created or changed since the walk began, or since the last such pass.
    /// - Parameter again: another pass, although there was one.
    /// - Returns: whether anything was asked for.
    @discardableResult
    func catchUp(_ writer: RawLayerWriter, _ fields: FieldList, again: Bool) async throws(Halt) -> Bool {
        guard let parameter = entity.since.updated else { return false }
        let passes = writer.manifest.streams.filter { $0.key.hasPrefix(parameter + "=") }
        let latest = passes.max { $0.value.place < $1.value.place }
        if let latest, latest.value.finished, !again { return false }
        let name: String
        let start: WebAddress
        var checks = PageChecks(isOrderedByID: entity.order == "id(asc)")
        checks.expectations = self.checks.expectations
        if let latest, !latest.value.finished, let next = latest.value.next.flatMap({ WebAddress($0) }) {
            name = latest.key
            start = next
        } else {
            let moment: Double
            if let latest, !latest.value.isExhausted, let asked = Self.asked(latest.key, parameter) {
                // It did not come to its end: what it was to bring is still to be asked for.
                moment = asked
            } else {
                guard let began = Self.beginning(latest?.value, writer.manifest) else { return false }
                moment = (began - Self.overlap).rounded(.down)
            }
            let bare = "\(parameter)=\(Moment.timestamp(moment))"
            name = passes[bare] == nil ? bare : "\(bare)~\(passes.count + 1)"
            checks.floor = FloorCheck(field: "updated_at", moment: moment)
            start = try firstAddress(fields, adding: [(parameter, Moment.timestamp(moment))])
        }
        var guide = WalkGuide()
        guide.mayKeep = { $0.belowFloor == 0 }
        guide.goesOn = { [tally] page in
            tally.update {
                $0.changed += page.records
                $0.duplicates -= page.duplicates
            }
            return true
        }
        switch try await walk(name, from: start, checks: checks, writer: writer, guide: guide) {
        case .finished, .met: return true
        case .wall, .lost:
            try await note(
                "wall", .warning, "more changed during the walk than Clio shows in one; run with --sweep", stream: name,
                to: writer)
            try await end(name, writer)
        case .notKept:
            try await note(
                "filter_ignored", .warning,
                "Clio does not look at \(parameter) here; what changed during the walk may be out of date", to: writer)
        case .refused(let error):
            if writer.manifest.streams[name] != nil {
                // A cursor that is no longer taken: the pass is begun again under another name.
                try await end(name, writer)
                return try await catchUp(writer, fields, again: true)
            }
            try await note(
                "filter_ignored", .warning,
                "Clio does not take \(parameter) here (\(error.kind.rawValue)); what changed during the walk may be out of date",
                to: writer)
        }
        return false
    }

    /// Since when a pass asked for changes, by its stream's name.
    private static func asked(_ stream: String, _ parameter: String) -> Double? {
        let name = stream.split(separator: "~").first.map(String.init) ?? stream
        return Moment.seconds(String(name.dropFirst(parameter.count + 1)))
    }

    /// When the last pass, or the walk, began, by the server's clock where it is known.
    static func beginning(_ latest: RawStream?, _ manifest: RawManifest) -> Double? {
        if let date = latest?.startedAt.flatMap(HTTPDate.seconds) { return date }
        if let date = manifest.pages.first?.serverDate.flatMap(HTTPDate.seconds) { return date }
        return manifest.pages.first.flatMap { Moment.seconds($0.receivedAt) }.map { $0 - overlap }
    }

    /// Fewer than Clio counts is a loss; more only means that the list changed meanwhile.
    /// - Parameter before: Clio's count when the walk began, for a walk that does not meet what is added meanwhile.
    func verdict(
        expected: Int?, before: Int?, received: Int, hitWall: Bool, _ writer: RawLayerWriter
    ) async throws(Halt) -> Verdict {
        guard let expected else {
            try await note("count_unknown", .info, "Clio gave no count to compare with", to: writer)
            return Verdict(
                expected: nil, status: hitWall ? .partial : .complete,
                message: hitWall ? "the list ended at Clio's limit" : nil)
        }
        guard received != expected else { return Verdict(expected: expected) }
        let isMissing = hitWall || received < min(expected, before ?? expected)
        let message = "Clio counts \(expected) records, \(received) came"
        try await note("count_differs", isMissing ? .warning : .info, message, to: writer)
        return Verdict(
            expected: expected, status: isMissing ? .partial : .complete, message: isMissing ? message : nil)
    }
}
