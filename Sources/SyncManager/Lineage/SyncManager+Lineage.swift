internal import Synchronization

extension SyncManager {
    /// Carries out a run and reports its lineage, where that is wanted.
    func withLineage(_ work: () async throws -> RunReport) async throws -> RunReport {
        guard let lineage = Lineage(configuration, catalog, folder, board, logger) else { return try await work() }
        self.lineage.withLock { $0 = lineage }
        defer { self.lineage.withLock { $0 = nil } }
        do {
            let report = try await work()
            await lineage.end(report.ending.lineage, stop: stop)
            return report
        } catch {
            await lineage.end(error.isStop ? .stopped : .failed("\(error)"), stop: stop)
            throw error
        }
    }
}
