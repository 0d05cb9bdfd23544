internal import Extract
internal import Pipelines
internal import Staging

/// Asks Clio for its counts, one request per entity, and reckons what a sync will take.
struct SyncEstimator {
    private let client: ClioClient
    private let catalog: Catalog
    /// Bytes of SQLite per record, with indexes and child rows: measured on the simulator's firms.
    static let databaseBytesPerRecord = 1100

    init(_ client: ClioClient, _ catalog: Catalog) {
        self.client = client
        self.catalog = catalog
    }

    /// - Throws: `CriticalError` when Clio cannot be asked at all.
    func estimate(_ entities: [Entity], user: String?, stop: StopSignal) async throws -> SyncEstimate {
        var counts: [(entity: Entity, records: Int?)] = []
        for entity in entities {
            if stop.isRequested { break }
            do throws(ClioError) {
                counts.append((entity, try await client.count(entity)))
            } catch {
                if error.isCritical { throw CriticalError(description: error.description) }
                // A forbidden list has no count; the extract reports it.
                counts.append((entity, nil))
            }
        }
        let perMinute = Double(await client.budget.limits.budget)
        let rows = counts.map { count in
            let pages = max(1, ((count.records ?? 0) + count.entity.batchSize - 1) / count.entity.batchSize)
            return SyncEstimate.EntityEstimate(
                phase: count.entity.phase, entity: count.entity.name, records: count.records, requests: pages,
                seconds: Double(pages) / perMinute * 60)
        }
        let records = rows.reduce(0) { $0 + ($1.records ?? 0) }
        let requests = rows.reduce(0) { $0 + $1.requests }
        return SyncEstimate(
            firmSize: Self.firmSize(counts), entities: rows, records: records, requests: requests,
            requestsPerMinute: perMinute, seconds: Double(requests) / perMinute * 60,
            databaseBytes: records * Self.databaseBytesPerRecord, user: user)
    }

    /// The size class of the entity that says most, by the bounds that the pipelines give.
    private static func firmSize(_ counts: [(entity: Entity, records: Int?)]) -> String {
        let names = ["small", "medium", "large", "enterprise"]
        let ranks = counts.compactMap { count -> Int? in
            guard let records = count.records, !count.entity.firmSizes.isEmpty else { return nil }
            return count.entity.firmSizes.firstIndex { records < $0 } ?? count.entity.firmSizes.count
        }
        return names[min(ranks.max() ?? 0, names.count - 1)]
    }
}

extension SyncManager {
    /// What a sync of the connection will take (M21), from a handful of requests.
    /// - Parameters:
    ///   - connection: must be this manager's.
    ///   - selection: a part of the pipelines; nil: all of them.
    /// - Throws: `ConfigurationError` when Clio cannot be asked.
    public func estimateSyncRequirements(
        connection: String, selection: Selection? = nil
    ) async throws -> SyncEstimate {
        guard connection == configuration.connection else {
            throw ConfigurationError(
                "this manager works on the connection \(configuration.connection), not on \(connection)")
        }
        let session = try ClioSession(self)
        do {
            let user = try? await session.client.whoAmI()
            return try await SyncEstimator(session.client, catalog).estimate(
                (selection ?? Selection(catalog)).entities,
                user: user.map { $0.name.map { name in "\(name) (user \(user?.id ?? 0))" } ?? "user \($0.id)" },
                stop: stop)
        } catch let error as CriticalError {
            throw ConfigurationError(error.description)
        }
    }
}
