internal import Extract
internal import Foundation
internal import Logging
internal import Pipelines
internal import Staging

/// One run's access to Clio: the token, the client, the budget that all its streams share.
final class ClioSession: Sendable {
    let client: ClioClient
    let extractor: Extractor

    /// - Throws: `ConfigurationError` when there is no token, or a batch size that cannot be used.
    /// - Parameter isHeld: whether requests wait for `SYNC_WINDOW`.
    init(_ manager: SyncManager, isHeld: Bool = true) throws {
        let settings = manager.configuration.settings
        let file = Self.tokenFile(manager.configuration.connection)
        let stored = try file.flatMap { (path) throws(StagingError) in try TokenFile.read(path) }
        // A token of another region's host would be sent where it does not belong.
        let usable = stored?.baseURL == settings.baseURL ? stored : nil
        guard let access = settings.accessToken ?? usable?.accessToken else {
            throw ConfigurationError(
                "there is no access token for \(settings.baseURL); run `cliosync auth login`, or set CLIO_ACCESS_TOKEN in the "
                    + "environment or in .env")
        }
        let tokens = TokenStore(
            accessToken: access, refreshToken: settings.refreshToken ?? usable?.refreshToken,
            clientID: settings.clientID, clientSecret: settings.clientSecret, file: file, baseURL: settings.baseURL)
        do {
            client = try ClioClient(
                Self.extractSettings(manager, isHeld), tokens: tokens, accessToken: access,
                logger: manager.logger)
        } catch {
            throw ConfigurationError(error.description)
        }
        extractor = Extractor(client: client, logger: manager.logger)
    }

    /// `~/.config/cliosync/CONNECTION.json`, where a renewed token is kept (0600); nil without a home.
    static func tokenFile(_ connection: String) -> String? {
        let base = Variables.folder("XDG_CONFIG_HOME") ?? Variables.folder("HOME").map { $0 + "/.config" }
        return base.map { "\($0)/cliosync/\(connection).json" }
    }

    private static func extractSettings(_ manager: SyncManager, _ isHeld: Bool) -> ExtractSettings {
        var result = extractSettings(manager.configuration.settings, manager.catalog, manager.logger)
        let stop = manager.stop
        result.isStopping = { stop.isRequested }
        if isHeld, let gate = manager.gate { result.heldUntil = { gate.heldUntil($0) } }
        return result
    }

    static func extractSettings(_ settings: Settings, _ catalog: Catalog, _ logger: Logger) -> ExtractSettings {
        var result = ExtractSettings()
        result.baseURL = settings.baseURL
        result.requestTimeout = Double(settings.requestTimeoutMilliseconds) / 1000
        result.connectTimeout = min(result.connectTimeout, result.requestTimeout)
        result.share = settings.quotaShare
        result.requestsPerMinute = settings.requestsPerMinute
        result.burst = settings.burst
        result.concurrency = settings.maximumConcurrentRequests
        result.budgetFolder = budgetFolder()
        for entity in catalog.entities {
            guard let name = entity.batchSetting, let size = settings.batchSizes[name] else { continue }
            if size > entity.maximumBatchSize {
                logger.warning("\(name) is \(size), but Clio serves at most \(entity.maximumBatchSize): that is used")
            }
            result.batchSizes[entity.name] = min(size, entity.maximumBatchSize)
        }
        return result
    }

    /// Where all processes of this user share a token's budget.
    private static func budgetFolder() -> String {
        let runtime = Variables.folder("XDG_RUNTIME_DIR")
        return runtime.map { $0 + "/cliosync" } ?? "\(Variables.folder("TMPDIR") ?? "/tmp")/cliosync-\(getuid())"
    }
}
