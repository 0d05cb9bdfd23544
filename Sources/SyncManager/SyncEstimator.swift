internal import Extract
internal import Foundation
internal import Gzip
internal import Pipelines
internal import Staging

/// Asks Clio for its counts, one request per entity, and reckons what a sync will take.
struct SyncEstimator {
    private let client: ClioClient
    private let manager: SyncManager

    /// What was measured on simulated firms of all sizes: minified JSON of a record, the part of it that is left after
    /// compression, bytes of the clean layer per byte of the raw one, bytes of SQLite, indexes and child rows with it, per
    /// byte of JSON.
    private enum Typical {
        static let bytesPerRecord = 4100.0
        static let compression = 0.2
        static let cleanPerRaw = 0.65
        static let databasePerJSON = 0.27
        static let emptyDatabase = 1_500_000
        /// How much longer transform, load and verify take on two processors than to compress the JSON once, where no run
        /// before says how fast this machine is with them.
        static let localPerPacking = 5.0
        /// Bytes of JSON that a machine compresses in a second.
        static let packedPerSecond = 120e6
    }

    init(_ client: ClioClient, _ manager: SyncManager) {
        self.client = client
        self.manager = manager
    }

    /// What is known of one entity before anything is reckoned.
    private struct Known: Sendable {
        let entity: Entity
        var records: Int?
        var bytes: Double?
        var staged: Double?
        var seconds: Double?
        var outOfStep: Double?
        /// What was compressed, and in how many seconds.
        var packed = (bytes: 0.0, seconds: 0.0)
        /// The part of the records that belongs to some group, by the filter's name.
        var shares: [String: Double] = [:]
        /// Groups that the records name, by the path of their list.
        var groups: [String: Int] = [:]
    }

    /// - Parameters:
    ///   - extracted: records that are there already, by phase and entity.
    ///   - groupBy: the filter that lists are cut by.
    ///   - earlier: what an earlier estimate measured; nil: a page of each entity is measured instead of its count only.
    ///   - startedAt: when the sync began, seconds since 1970.
    /// - Throws: `CriticalError` when Clio cannot be asked at all.
    func estimate(
        _ entities: [Entity], extracted: [String: Int] = [:], groupBy: String? = nil, earlier: EstimateSamples?,
        user: String?, startedAt: Double
    ) async throws -> SyncEstimate {
        let known = try await ask(entities, earlier, groupBy)
        let standing = await client.budget.standing
        let (limit, budget) = await client.budget.limits
        let asked = await client.budget.counts.sent
        let peak = manager.configuration.settings.region.flatMap { PeakHours.of(region: $0) }
        let measured = known.compactMap(\.seconds).sorted()
        let pageSeconds = measured.isEmpty ? earlier?.pageSeconds : measured[measured.count / 2]
        var conditions = ExtractForecast.Conditions(
            governor: standing.governor, settings: standing.settings, now: standing.now, wall: standing.wall,
            latency: pageSeconds ?? standing.latency ?? 0.5,
            limit: Self.limit(limit ?? PeakHours.documentedLimit, peak, now: standing.wall))
        if let gate = manager.gate { conditions.heldUntil = { gate.heldUntil($0) } }
        var phaseNames: [String] = []
        for entity in entities where !phaseNames.contains(entity.phase) { phaseNames.append(entity.phase) }
        let lists = known.map { item in
            let key = "\(item.entity.phase)/\(item.entity.name)"
            var list = ExtractForecast.List(
                item.entity, rank: phaseNames.firstIndex(of: item.entity.phase) ?? 0,
                records: (item.records ?? 0) - (extracted[key] ?? 0), pageSize: batchSize(item.entity))
            list.overlap = Int(Double(item.records ?? 0) * (item.outOfStep ?? 0))
            if let grouping = groupBy.flatMap({ item.entity.grouping(named: $0) }) {
                list.cut(by: grouping, groups: groups(grouping, known), share: item.shares[grouping.name] ?? 1)
            }
            return list
        }
        let outcome = ExtractForecast.run(lists, conditions)
        let before = standing.wall - startedAt
        var rows: [SyncEstimate.EntityEstimate] = []
        for (index, item) in known.enumerated() {
            let bytes = item.bytes ?? Typical.bytesPerRecord
            rows.append(
                SyncEstimate.EntityEstimate(
                    phase: item.entity.phase, entity: item.entity.name, records: item.records,
                    requests: outcome.requests[index], seconds: before + outcome.seconds[index], bytesPerRecord: bytes,
                    stagedBytesPerRecord: item.staged ?? bytes * Typical.compression, isMeasured: item.bytes != nil,
                    outOfStep: item.outOfStep))
        }
        let local = LocalWork.measured(manager)
        let phases = phases(phaseNames, rows, perSecond: local ?? typicalRate(known, rows))
        let seconds = phases.last?.readyAfter ?? 0
        var estimate = SyncEstimate(
            firmSize: Self.firmSize(known), strategy: "single", reasons: [], phases: phases, entities: rows,
            records: rows.reduce(0) { $0 + ($1.records ?? 0) },
            requests: asked + outcome.requests.reduce(0, +), limit: limit, requestsPerMinute: Double(budget),
            latency: conditions.latency, pageSeconds: pageSeconds, seconds: seconds, heldSeconds: outcome.held,
            startsAt: startedAt,
            endsAt: startedAt + seconds, peakHours: peak, databaseBytes: 0, stagingBytes: 0, diskBytes: 0,
            freeBytes: nil, user: user)
        estimate.localRecordsPerSecond = local
        size(&estimate)
        choose(&estimate, known, outcome.requests)
        return estimate
    }

    // MARK: Asking

    private func ask(
        _ entities: [Entity], _ earlier: EstimateSamples?, _ groupBy: String?
    ) async throws -> [Known] {
        var known = entities.map { Known(entity: $0) }
        let groupings = entities.flatMap(\.groupings)
        // Whole pages two at a time, about as many as a run has under way: their latency is what is measured.
        let most = earlier == nil ? 2 : entities.count
        try await withThrowingTaskGroup(of: (Int, Known).self) { group in
            var waiting = entities.indices[...]
            func start() {
                guard !manager.stop.isRequested, let index = waiting.popFirst() else { return }
                let entity = entities[index]
                let lists = groupings.filter { $0.lookup.phase == entity.phase && $0.lookup.entity == entity.name }
                // A list that is cut is sampled again, and who belongs to which group too.
                let isCut =
                    groupBy.flatMap(entity.grouping) != nil
                    || lists.contains { $0.name == groupBy && $0.list != nil }
                let sample = isCut ? nil : earlier.map { $0.entities["\(entity.phase)/\(entity.name)"] }
                group.addTask { (index, try await ask(entity, Set(lists.compactMap(\.list)), sample)) }
            }
            for _ in 0..<most { start() }
            for try await (index, item) in group {
                known[index] = item
                start()
            }
        }
        return known
    }

    /// - Parameters:
    ///   - lists: where its records name groups.
    ///   - sample: nil: measure a page; a nil inside: there is no earlier one, and none is wanted.
    private func ask(
        _ entity: Entity, _ lists: Set<String>, _ sample: EstimateSamples.Sample??
    ) async throws -> Known {
        var known = Known(entity: entity)
        if let sample {
            known.bytes = sample?.bytes
            known.staged = sample?.staged
            known.outOfStep = sample?.outOfStep
        } else {
            do throws(ClioError) {
                let page = try await client.sample(entity, limit: min(200, batchSize(entity)))
                known.records = page.total
                for grouping in entity.groupings { known.shares[grouping.name] = page.share(showing: grouping.path) }
                for list in lists { known.groups[list] = page.groups(named: list) }
                // Next to nothing says nothing about the average.
                if page.records >= 5 {
                    known.bytes = Double(page.lines.count) / Double(page.records)
                    let begin = ContinuousClock.now
                    let packed = page.lines.withUnsafeBytes { bytes in (try? gzipCompress(bytes, level: 1))?.count }
                    known.packed = (Double(page.lines.count), (ContinuousClock.now - begin) / .seconds(1))
                    known.staged = packed.map { Double($0) / Double(page.records) }
                }
                if page.records >= 20 { known.outOfStep = page.outOfStep }
                if page.records >= 100 { known.seconds = page.seconds }
                return known
            } catch {
                // A field that Clio refuses spoils the sample; the extract leaves it out, and the count stands.
                if error.isCritical { throw CriticalError(description: error.description) }
            }
        }
        do throws(ClioError) {
            known.records = try await client.count(entity)
        } catch {
            // A forbidden list has no count; the extract reports it.
            if error.isCritical { throw CriticalError(description: error.description) }
        }
        return known
    }

    private func batchSize(_ entity: Entity) -> Int {
        let wanted = entity.batchSetting.flatMap { manager.configuration.settings.batchSizes[$0] }
        return max(1, min(wanted ?? entity.batchSize, entity.maximumBatchSize))
    }

    // MARK: Reckoning

    /// Clio's limit at a moment: the one that holds now, and the documented one in peak hours that are still to come.
    /// What is allowed off-peak is only known off-peak; until then today's limit is taken.
    private static func limit(_ today: Int, _ peak: PeakHours?, now: Double) -> @Sendable (Double) -> Int {
        guard let peak, !peak.isPeak(at: now) else { return { _ in today } }
        let change = peak.change(after: now)
        return { moment in
            moment < change || !peak.isPeak(at: moment) ? today : min(today, PeakHours.documentedLimit)
        }
    }

    /// Records that transform, load and verify get done in a second, by how large they are and how fast this machine compresses
    /// them.
    private func typicalRate(_ known: [Known], _ rows: [SyncEstimate.EntityEstimate]) -> Double {
        let bytes = known.reduce(0) { $0 + $1.packed.bytes }
        let seconds = known.reduce(0) { $0 + $1.packed.seconds }
        let speed = bytes > 0 && seconds > 0 ? bytes / seconds : Typical.packedPerSecond
        let json = rows.reduce(0) { $0 + Double($1.records ?? 0) * $1.bytesPerRecord }
        let records = rows.reduce(0) { $0 + Double($1.records ?? 0) }
        return max(1, records) / max(1, json) * speed / Typical.localPerPacking
    }

    /// When each phase is loaded: the local stages follow the extract, phase by phase.
    private func phases(
        _ names: [String], _ rows: [SyncEstimate.EntityEstimate], perSecond: Double
    ) -> [SyncEstimate.PhaseEstimate] {
        var loaded = 0.0
        return names.compactMap { name in
            guard let phase = manager.catalog.phase(named: name) else { return nil }
            let own = rows.filter { $0.phase == name }
            let records = own.reduce(0) { $0 + ($1.records ?? 0) }
            loaded =
                max(loaded, own.map(\.seconds).max() ?? 0) + Double(records) / perSecond
                + Double(own.count) * LocalWork.secondsPerEntity
            return SyncEstimate.PhaseEstimate(
                phase: name, title: phase.title, day: phase.day, features: phase.features.map(\.title),
                records: records, requests: own.reduce(0) { $0 + $1.requests }, readyAfter: loaded)
        }
    }

    private func size(_ estimate: inout SyncEstimate) {
        var json = 0.0
        var largest = 0.0
        var staged = 0.0
        for row in estimate.entities {
            let records = Double(row.records ?? 0)
            json += records * row.bytesPerRecord
            largest = max(largest, records * row.bytesPerRecord)
            staged += records * row.stagedBytesPerRecord
        }
        estimate.databaseBytes = Typical.emptyDatabase + Int(json * Typical.databasePerJSON)
        estimate.stagingBytes = Int(staged * (1 + Typical.cleanPerRaw))
        estimate.diskBytes =
            estimate.databaseBytes + estimate.stagingBytes + Int(largest * Typical.databasePerJSON)
        // The folder may not be there yet; what is there of its path says the same.
        var folder = manager.folder.path
        while !Files.isFolder(folder), folder.contains("/") { folder = (folder as NSString).deletingLastPathComponent }
        estimate.freeBytes = Files.freeSpace(folder.isEmpty ? "." : folder)
    }

    /// Says how the lists will be walked, and what a person can do about the rest.
    private func choose(_ estimate: inout SyncEstimate, _ known: [Known], _ requests: [Int]) {
        var reasons: [String] = []
        let isLarge = estimate.records > 100_000
        let isLong = estimate.seconds > 4 * 3600
        estimate.strategy = isLarge || isLong ? "phased" : "single"
        if isLarge || isLong {
            reasons.append(
                "phase by phase, day by day: \(Self.count(estimate.records)) records are more than one sitting; each phase is usable "
                    + "as soon as it is loaded, and a run of all phases serves the earlier ones first")
            if manager.configuration.settings.window == nil {
                reasons.append("SYNC_WINDOW keeps the requests out of the firm's working hours")
            }
            reasons.append(
                "--recent 12mo brings the last year of time entries, calendar and documents before the history")
            if isLarge { reasons += groupings(known).map { advice($0, known) } }
        } else {
            reasons.append("one run over all phases: \(Self.count(estimate.records)) records are read in one sitting")
        }
        let perMinute = max(1, estimate.requestsPerMinute)
        let streams = Int((perMinute / 45 * estimate.latency * 1.25).rounded(.up))
        if streams > 1 {
            reasons.append(
                "about \(streams) requests under way at a time spend the limit, as an answer takes "
                    + "\((estimate.latency * 100).rounded() / 100) s: lists side by side, long ones in several chains")
        } else {
            reasons.append(
                "one request after the other spends the limit: answers take \(Int(estimate.latency * 1000)) ms")
        }
        for item in known where item.entity.order == nil && (item.records ?? 0) > 10_000 {
            reasons.append("\(item.entity.name) is asked for in time windows: the list ends at 10,000 rows")
        }
        if estimate.isPeak, let peak = estimate.peakHours {
            let change = peak.change(after: estimate.startsAt)
            if change < estimate.endsAt {
                reasons.append(
                    "peak hours end \(peak.localText(change)) (\(peak.clock.zone.identifier)): Clio allows more then, and "
                        + "it will be done sooner than estimated")
            }
        } else if let peak = estimate.peakHours {
            let change = peak.change(after: estimate.startsAt)
            if change < estimate.endsAt {
                reasons.append(
                    "peak hours begin \(peak.localText(change)) (\(peak.clock.zone.identifier)): from then on "
                        + "\(PeakHours.documentedLimit) requests a minute are reckoned with")
            }
        }
        let unknown = known.filter { $0.records == nil }.map(\.entity.name)
        if !unknown.isEmpty { reasons.append("not counted: \(unknown.joined(separator: ", "))") }
        estimate.reasons = reasons
    }

    /// `1,234,567`.
    private static func count(_ number: Int) -> String {
        let digits = Array(String(number))
        return digits.indices.map { ($0 > 0 && (digits.count - $0) % 3 == 0 ? "," : "") + String(digits[$0]) }.joined()
    }

    /// The names of the filters that lists can be cut by, in the order of the pipelines.
    private func groupings(_ known: [Known]) -> [String] {
        var seen: Set<String> = []
        return known.flatMap(\.entity.groupings).map(\.name).filter { seen.insert($0).inserted }
    }

    /// How many walks a filter makes: one for each record of its look-up, or for each group that these name.
    private func groups(_ grouping: Grouping, _ known: [Known]) -> Int {
        let lookup = known.first { item in
            item.entity.phase == grouping.lookup.phase && item.entity.name == grouping.lookup.entity
        }
        if let list = grouping.list, !grouping.takesRecord {
            if let groups = lookup?.groups[list] { return groups }
        } else if let records = lookup?.records {
            return records
        }
        // The look-up is not asked for again when an earlier run staged it.
        return (try? GroupDirectory(grouping, in: manager.folder).walks) ?? 0
    }

    /// What cutting lists into groups would bring and cost.
    private func advice(_ name: String, _ known: [Known]) -> String {
        var lists: [String] = []
        var requests = 0
        for item in known {
            guard let grouping = item.entity.grouping(named: name) else { continue }
            var list = ExtractForecast.List(
                item.entity, rank: 0, records: item.records ?? 0, pageSize: batchSize(item.entity))
            let before = list.pages
            list.cut(by: grouping, groups: groups(grouping, known), share: item.shares[name] ?? 1)
            lists.append(item.entity.name)
            requests += list.pages - before + list.questions
        }
        return
            "--group-by \(name) brings \(lists.joined(separator: ", ")) group by group, each usable as soon as it is "
            + "loaded, for about \(requests) more requests"
    }

    /// The size class of the entity that says most, by the bounds that the pipelines give.
    private static func firmSize(_ counts: [Known]) -> String {
        let names = ["small", "medium", "large", "enterprise"]
        let ranks = counts.compactMap { count -> Int? in
            guard let records = count.records, !count.entity.firmSizes.isEmpty else { return nil }
            return count.entity.firmSizes.firstIndex { records < $0 } ?? count.entity.firmSizes.count
        }
        return names[min(ranks.max() ?? 0, names.count - 1)]
    }
}
