internal import Account
internal import Extract
internal import Gzip
internal import Pipelines
internal import Staging

extension SyncEstimator {
    /// What is known of one entity before the estimate.
    struct Known: Sendable {
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

    /// Asks for all of them, a few at a time.
    func ask(
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
                // A field that Clio refuses spoils the sample; the extract leaves it out, and the count is still valid.
                try check(error)
                if error.kind == .stopped || error.kind == .unreachable { return known }
            }
        }
        do throws(ClioError) {
            known.records = try await client.count(entity)
        } catch {
            // A forbidden list has no count; the extract reports it.
            try check(error)
        }
        return known
    }

    /// - Throws: `CriticalError` when there can be no estimate without this answer.
    private func check(_ error: ClioError) throws {
        let isOpen =
            switch error.kind {
            case .transient, .unreachable, .rateLimited, .badPage, .blocked: true
            default: false
            }
        if error.isCritical || (mustAnswer && isOpen) { throw CriticalError(description: error.description) }
    }

    /// Records per page.
    func batchSize(_ entity: Entity) -> Int {
        let wanted = entity.batchSetting.flatMap { manager.configuration.settings.batchSizes[$0] }
        return max(1, min(wanted ?? entity.batchSize, entity.maximumBatchSize))
    }
}
