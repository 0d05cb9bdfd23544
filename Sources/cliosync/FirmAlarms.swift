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
        Task.detached { _ = try? await manager(connection)?.checkAlarms() }
    }

    private static let interval = Duration.seconds(60)

    /// Sends every minute what is due beside that: alarms that quiet hours held, and digests of the week.
    func repeatRounds() async throws {
        while !Task.isCancelled {
            let names = (try? JobFinder(staging: staging).connections) ?? []
            await AlarmRound(names.compactMap(manager)).run(raisesAlarms: false)
            try await Task.sleep(for: Self.interval)
        }
    }

    private func manager(_ connection: String) -> SyncManager? {
        guard let settings = settings(connection) else { return nil }
        let configuration = SyncConfiguration(
            connection: connection, staging: staging, database: "databases/\(connection).sqlite", settings: settings)
        return try? SyncManager(configuration, catalog: catalog, logger: Logger(label: "cliosync"))
    }

    /// nil: they cannot be read; the page is shown all the same.
    private func settings(_ connection: String) -> Settings? {
        try? Connections.settings(
            connection, envFile: envFile, onlyOwnTokens: true, staging: staging, for: [])
    }
}
