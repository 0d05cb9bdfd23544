import Account
import Progress
import StatusPage
import SyncManager

extension ServeCommand {
    /// With `--remote`: shows what the machines of the object store do. No request is made to Clio.
    /// - Returns: what looks at the store; nil without `--remote`.
    func showFleet(_ options: inout StatusPageOptions, _ settings: Settings) async throws -> FleetWatch? {
        guard remote else { return nil }
        let watch = try FleetWatch(settings, every: every?.seconds ?? 10) {
            Terminal.warning(Terminal.safe("the last states are shown: \($0)"))
        }
        if printLink == nil { try await watch.begin() }
        options.stored = {
            watch.firms.map {
                StoredFirm(
                    connection: $0.connection, document: $0.document, storedAt: $0.storedAt, version: $0.version)
            }
        }
        // Other machines work on these firms.
        options.resume = nil
        options.onAlarm = nil
        let rules = FreshnessRules(hours: settings.freshnessHours, sweepDays: settings.sweepDays)
        options.freshness = { _ in rules }
        return watch
    }
}
