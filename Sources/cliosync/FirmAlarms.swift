import Account
import Logging
import Pipelines
import Progress
import SyncManager

/// What `serve` does about data that become stale and tokens that expire: each firm by its own settings.
struct FirmAlarms {
    let staging: String
    let catalog: Catalog
    let envFile: String?

    /// What is expected of a firm's data.
    func rules(_ connection: String) -> FreshnessRules {
        settings(connection).map { SyncManager.freshnessRules($0, connection: connection) } ?? FreshnessRules()
    }

    /// Raises the alarms beside everything else.
    func raise(_ connection: String) {
        Task.detached {
            guard let settings = settings(connection) else { return }
            let configuration = SyncConfiguration(
                connection: connection, staging: staging, database: "databases/\(connection).sqlite",
                settings: settings)
            let manager = try? SyncManager(configuration, catalog: catalog, logger: Logger(label: "cliosync"))
            _ = try? await manager?.checkAlarms()
        }
    }

    /// nil: they cannot be read; the page is shown all the same.
    private func settings(_ connection: String) -> Settings? {
        try? Connections.settings(
            connection, envFile: envFile, onlyOwnTokens: true, staging: staging, for: [])
    }
}
