internal import Account
internal import Bytes
internal import Extract
internal import Foundation
internal import Jobs
internal import Load
internal import Logging
public import Pipelines
internal import Progress
internal import Staging
internal import Synchronization

extension SyncManager {
    /// Opens the access to Clio for the run that follows, before anything is written: without a token, with a token of
    /// another account, and while another process fetches the same phase, no job is begun.
    /// - Throws: `ConfigurationError` without a token, `AccountError` for another account's, a `.locked` error.
    public func connect(
        _ selection: Selection, stages: [Stage] = Stage.allCases, force: Bool, options: ExtractOptions
    ) async throws {
        // Also when the run comes no further than this.
        raiseDueAlarms()
        do {
            try await openAccess(selection, stages: stages, force: force, options: options)
        } catch {
            await notifier?.flush(within: Self.alarmBound, stop: stop)
            throw error
        }
    }

    private func openAccess(
        _ selection: Selection, stages: [Stage], force: Bool, options: ExtractOptions
    ) async throws {
        // What is wrong here needs no request to be seen.
        if let groupBy = options.groupBy { try SyncRun.checkGroups(groupBy, selection) }
        if stages.contains(.load) { try DatabaseCheck.checkViews(catalog) }
        if stages.contains(.extract) { try FolderProbe(folder.path, .staging).check() }
        if stages.contains(.load) {
            try FolderProbe(Files.parent(of: configuration.database), .database).check()
        }
        try await fetchStored(stages, selection)
        let pins = try AccountPins(self)
        try pins.checkEachOther()
        let session = try ClioSession(self)
        prepared.withLock { $0 = session }
        // Outside of SYNC_WINDOW no request goes: the run waits, and asks then.
        let isHeld = gate?.heldUntil(Date().timeIntervalSince1970) != nil
        let hasOpen = try !open(selection, force: force, updates: options.update != nil).isEmpty
        guard try !isHeld && (hasOpen || !isKnown(session.credentials)) else { return }
        if hasOpen { try expectNoExtract(selection) }
        do {
            guard let account = try await session.account(stop) else { return }
            try pins.check(account, session.credentials.origin)
            announce(account, session)
        } catch is CriticalError {
            // The run pauses for it, and its job says why.
        }
    }

    /// The access that `connect` opened, once; else a new one.
    func takeSession() throws -> ClioSession {
        let session = prepared.withLock { prepared in
            defer { prepared = nil }
            return prepared
        }
        return try session ?? ClioSession(self)
    }

    /// What a run has to ask Clio for: nothing of what is finished.
    func open(_ selection: Selection, force: Bool, updates: Bool) throws(StagingError) -> [Entity] {
        var open: [Entity] = []
        for entity in selection.entities {
            let raw = try RawManifest.read(folder.entity(phase: entity.phase, name: entity.name))
            if raw?.completion == nil || force || updates { open.append(entity) }
        }
        return open
    }

    /// Whether these credentials opened the account of this connection before: it need not be asked for again.
    func isKnown(_ credentials: Credentials) throws -> Bool {
        try existingStore()?.accountCredential() == credentials.mark
    }

    /// Says once as whom the work is done.
    private func announce(_ account: Account, _ session: ClioSession) {
        guard !session.isAnnounced.exchange(true, ordering: .relaxed) else { return }
        configuration.announce("\(account.firm) as \(account.user), token from \(session.credentials.origin)")
    }

    /// Makes sure that a token is of the account whose data is here, and says as whom the work is done.
    func check(_ account: Account, _ session: ClioSession) throws {
        try AccountPins(self).check(account, session.credentials.origin)
        announce(account, session)
    }

    /// The same, and pins the connection to the account.
    func pin(_ account: Account, _ session: ClioSession, _ job: JobRecord?) throws {
        let credentials = session.credentials
        let pins = try AccountPins(self)
        try pins.check(account, credentials.origin)
        try folder.create()
        let store = try job?.store ?? makeStore()
        let before = try store.pin(account: account.json, credential: credentials.mark) { text in
            Account(json: text).map { $0.isSameAccount(as: account) } ?? true
        }.flatMap { Account(json: $0) }
        // Another process may have been quicker.
        if let before, !before.isSameAccount(as: account) {
            throw AccountError(
                description: pins.text(pinned: before, at: folder.jobDatabase, account, credentials.origin))
        }
        let token = PresentToken(credentials)
        try store.noteToken(
            mark: token.mark, expiresAt: token.expiresAt, isRenewable: token.isRenewable, isLogin: token.isLogin)
        announce(account, session)
        if pins.places.isEmpty, try hasLayers() {
            let text = "the data that is here named no account; from now on it is that of \(account.firm)"
            logger.info("\(text)")
            configuration.announce(text)
            job?.event(.info, "account", "pinned", text)
        }
        if let known = before ?? pins.places.first?.account, account.relation(to: known) == .otherUser {
            let text =
                "\(account.user) continues what \(known.user) fetched, and may see less; what only \(known.user) sees is kept"
            logger.warning("\(text)")
            job?.event(.warning, "account", "other_user", text)
        }
    }

    private func hasLayers() throws(StagingError) -> Bool {
        for entity in catalog.entities
        where try Files.exists(folder.entity(phase: entity.phase, name: entity.name).rawManifest) { return true }
        return false
    }
}

extension AccountPins {
    /// Reads those of a manager's connection.
    init(_ manager: SyncManager) throws {
        let stop = manager.stop
        try self.init(manager.folder, manager.catalog.entities, database: manager.configuration.database) {
            stop.isRequested
        }
    }
}
