internal import Account
internal import Bytes
public import Extract
internal import Foundation
public import Pipelines
internal import Staging

extension SyncManager {
    /// Says what a refresh would do. Requests only counts; writes nothing and begins no job.
    /// - Parameters:
    ///   - selection: a part of the pipelines; nil: all of them.
    ///   - deletions: how the refresh would find deletions.
    /// - Throws: `CriticalError` when Clio cannot be asked, `AccountError` for another account's token.
    public func previewRefresh(_ selection: Selection? = nil, deletions: DeletionMode) async throws -> RefreshPreview {
        let selection = selection ?? Selection(catalog)
        let pins = try AccountPins(self)
        try pins.checkEachOther()
        let hasRecords = try selection.entities.contains { entity in
            try RawManifest.read(folder.entity(phase: entity.phase, name: entity.name)) != nil
        }
        guard hasRecords else {
            throw ConfigurationError(
                "\(folder.path): holds nothing of the connection \(configuration.connection) to refresh; "
                    + "`cliosync run` fetches it")
        }
        let session = try ClioSession(self, isHeld: false)
        let account = try await session.account(stop)
        if let account { try check(account, session) }
        let differences: [ListDifference]
        do {
            differences = try await session.extractor.compare(
                selection.entities, in: folder, deletions: deletions, stop: stop)
        } catch let error as ClioError {
            throw CriticalError(description: error.description)
        }
        let made = await session.client.budget.counts.sent
        let conditions = await SyncEstimator.conditions(session.client, self)
        // A run asks whose token it is, too.
        let requests = differences.reduce(1) { $0 + $1.requests }
        let outcome = ExtractForecast.run(
            zip(selection.entities, differences).map { entity, difference in
                var list = ExtractForecast.List(entity, rank: 0, records: difference.requests, pageSize: 1)
                (list.isCutInTime, list.hasClosingPass) = (false, false)
                return list
            }, conditions)
        let records = differences.reduce(0) { $0 + ($1.fetched ?? 0) }
        let local =
            Double(differences.count) * LocalWork.secondsPerEntity
            + (LocalWork.measured(self).map { Double(records) / $0 } ?? 0)
        return RefreshPreview(
            firm: account?.firm, lists: differences.map { RefreshPreview.List($0) }, requests: requests,
            seconds: outcome.total + local,
            requestsPerMinute: Double(await session.client.budget.limits.budget), requestsMade: made)
    }
}
