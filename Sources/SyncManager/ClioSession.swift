internal import Account
internal import Bytes
internal import Extract
internal import Foundation
internal import Logging
internal import Pipelines
internal import Staging
internal import Synchronization

/// One run's access to Clio: the token, the client, the budget that all its streams share.
final class ClioSession: Sendable {
    let client: ClioClient
    let extractor: Extractor
    let credentials: Credentials
    /// Whether it was said as whom the run works.
    let isAnnounced = Atomic<Bool>(false)
    private let identity = Mutex<Result<Account?, CriticalError>?>(nil)

    /// - Throws: `ConfigurationError` when there is no token, or a batch size that cannot be used.
    /// - Parameter isHeld: whether requests wait for `SYNC_WINDOW`.
    init(_ manager: SyncManager, isHeld: Bool = true) throws {
        let configuration = manager.configuration
        credentials = try Credentials(configuration.settings, connection: configuration.connection)
        try RemovedFirms.check(configuration.connection, credentials)
        do {
            client = try ClioClient(
                Self.extractSettings(manager, isHeld), tokens: credentials.tokens,
                accessToken: credentials.accessToken, logger: manager.logger)
        } catch {
            throw ConfigurationError(error.description)
        }
        extractor = Extractor(client: client, logger: manager.logger)
    }

    /// Whose data the token opens: asks once.
    /// - Returns: nil when a person stopped the run meanwhile.
    /// - Throws: `CriticalError` when Clio cannot be asked, or does not accept the token.
    func account(_ stop: StopSignal) async throws -> Account? {
        if let known = identity.withLock({ $0 }) { return try known.get() }
        let result: Result<Account?, CriticalError>
        do throws(ClioError) {
            var account = try await client.whoAmI { stop.isRequested }
            account.credential = credentials.mark
            result = .success(account)
        } catch {
            switch error.kind {
            case .stopped: result = .success(nil)
            // On some plans who_am_i is forbidden while the lists are not.
            case .forbidden, .refused, .missing, .offsetLimit:
                result = .success(Account(baseURL: credentials.baseURL, credential: credentials.mark))
            case .unauthorized, .transient, .unreachable, .rateLimited, .badPage, .foreignAddress, .unusableServer,
                .otherAccount, .blocked:
                result = .failure(CriticalError(description: error.description))
            }
        }
        identity.withLock { $0 = result }
        if case .success(let account?) = result { client.expect(account) }
        return try result.get()
    }

    private static func extractSettings(_ manager: SyncManager, _ isHeld: Bool) -> ExtractSettings {
        var result = ExtractSettings(manager.configuration.settings, manager.catalog, manager.logger)
        let stop = manager.stop
        result.isStopping = { stop.isRequested }
        let deadline = manager.deadline
        result.onWait = { deadline.wait(until: $0, now: Date().timeIntervalSince1970) }
        if isHeld, let gate = manager.gate { result.heldUntil = { gate.heldUntil($0) } }
        return result
    }
}
