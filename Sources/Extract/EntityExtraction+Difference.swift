internal import Pipelines
internal import Staging

extension EntityExtraction {
    /// Compares Clio's counts with what is held, and writes nothing: two or three requests.
    func difference(_ deletions: DeletionMode) async throws -> ListDifference {
        let manifest = try RawManifest.read(folder)
        let isComplete = manifest?.completion != nil
        let areCountsVoid = manifest?.areCountsVoid ?? false
        let since = isComplete ? manifest.flatMap(changesSince) : nil
        let held = try await held(manifest, before: since)
        var counts = ListDifference.Counts()
        var isFiltered = since != nil
        var failure: String?
        do throws(ClioError) {
            counts.total = try await client.count(entity, adding: [], context("count"))
            if let since, let parameter = entity.since.updated {
                counts.changed = try await count(parameter, since, floor: "updated_at")
                isFiltered = counts.changed != nil
            }
            if deletions == .counts, isFiltered, let since, let parameter = entity.since.created {
                counts.created = try await count(parameter, since, floor: "created_at")
            }
        } catch {
            if error.isCritical || error.kind == .stopped { throw error }
            failure = error.description
        }
        return ListDifference(
            phase: folder.phase, entity: entity.name, held: held, counts: counts, since: isFiltered ? since : nil,
            pageSize: batchSize, isCounted: !areCountsVoid && counts.created != nil, deletions: deletions,
            failure: failure)
    }

    /// Clio's count since a moment; nil when the filter has no effect, is refused, or comes without a count.
    private func count(_ parameter: String, _ since: Double, floor: String) async throws(ClioError) -> Int? {
        var checks = PageChecks()
        checks.floor = FloorCheck(field: floor, moment: since)
        do throws(ClioError) {
            let page = try await client.countingPage(
                entity, adding: [(parameter, Moment.timestamp(since))], context("count"), fields: "id,\(floor)",
                checks: checks
            ).cut
            return page.belowFloor == 0 ? page.total : nil
        } catch {
            switch error.kind {
            case .refused, .offsetLimit, .missing: return nil
            default: throw error
            }
        }
    }

    private func held(_ manifest: RawManifest?, before since: Double?) async throws -> ListDifference.Held {
        guard let manifest else { return ListDifference.Held(records: 0, isComplete: false) }
        guard manifest.completion != nil else {
            return ListDifference.Held(records: manifest.records, isComplete: false)
        }
        let held = try await HeldRecords.read(
            manifest.parts.map { manifest.file($0, in: folder) }, alive: manifest)
        let before = since.flatMap { since -> Int? in
            guard held.allSatisfy({ $0.created != nil }) else { return nil }
            return held.count { ($0.created ?? 0) < Int(since) }
        }
        return ListDifference.Held(records: held.count, before: before, isComplete: true)
    }
}
