internal import Account
internal import Extract
internal import Foundation
internal import Pipelines
internal import Staging

/// Asks Clio for its counts, one request per entity, and estimates what a sync will take.
struct SyncEstimator {
    let client: ClioClient
    let manager: SyncManager
    /// Whether each list must be counted, unless Clio forbids it; else the extract asks again.
    let mustAnswer: Bool

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

    init(_ client: ClioClient, _ manager: SyncManager, mustAnswer: Bool = false) {
        self.client = client
        self.manager = manager
        self.mustAnswer = mustAnswer
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
        let (limit, budget) = await client.budget.limits
        let asked = await client.budget.counts.sent
        let peak = manager.configuration.settings.region.flatMap { PeakHours.of(region: $0) }
        let measured = known.compactMap(\.seconds).sorted()
        let pageSeconds = measured.isEmpty ? earlier?.pageSeconds : measured[measured.count / 2]
        let conditions = await Self.conditions(client, manager, latency: pageSeconds)
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
        let before = conditions.wall - startedAt
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

    // MARK: Calculation

    /// What a forecast assumes, from the budget as it is now.
    /// - Parameter latency: seconds that an answer takes; nil: as the requests so far took.
    static func conditions(
        _ client: ClioClient, _ manager: SyncManager, latency: Double? = nil
    ) async -> ExtractForecast.Conditions {
        let standing = await client.budget.standing
        let peak = manager.configuration.settings.region.flatMap { PeakHours.of(region: $0) }
        var conditions = ExtractForecast.Conditions(
            governor: standing.governor, settings: standing.settings, now: standing.now, wall: standing.wall,
            latency: latency ?? standing.latency ?? 0.5,
            limit: limit(
                await client.budget.limits.limit ?? PeakHours.documentedLimit, peak, now: standing.wall,
                windowSeconds: standing.governor.length))
        if let gate = manager.gate { conditions.heldUntil = { gate.heldUntil($0) } }
        return conditions
    }

    /// Clio's limit at a moment: the one that holds now, and the documented one in peak hours that are still to come.
    /// What is allowed off-peak is only known off-peak; until then today's limit is taken.
    /// - Parameters:
    ///   - perMinute: requests a minute now.
    ///   - windowSeconds: the length of Clio's window.
    /// - Returns: requests per window.
    private static func limit(
        _ perMinute: Int, _ peak: PeakHours?, now: Double, windowSeconds: Double
    ) -> @Sendable (Double) -> Int {
        let perWindow = { @Sendable (count: Int) in max(1, Int((Double(count) * windowSeconds / 60).rounded())) }
        let today = perWindow(perMinute)
        guard let peak, !peak.isPeak(at: now) else { return { _ in today } }
        let change = peak.change(after: now)
        return { moment in
            moment < change || !peak.isPeak(at: moment) ? today : min(today, perWindow(PeakHours.documentedLimit))
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
        while (try? Files.isFolder(folder)) == false, folder.contains("/") {
            folder = (folder as NSString).deletingLastPathComponent
        }
        estimate.freeBytes = Files.freeSpace(folder.isEmpty ? "." : folder)
    }
}
