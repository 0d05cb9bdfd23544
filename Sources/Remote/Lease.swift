internal import Foundation
internal import Staging
internal import Synchronization

/// The right of one machine to change a scope in the store, for a while that it renews.
///
/// It keeps machines from doing the same work; what keeps them from overwriting each other is its fence, which a new
/// holder writes into the scope's index: what an earlier one still sends is then refused by the store, whatever the clocks say.
public final class Lease: Sendable {
    /// The scope.
    public let scope: RemoteScope
    /// Higher than that of every holder before.
    public let fence: Int64
    private let remote: RemoteFolder
    private let life: Double
    private let state: Mutex<(record: LeaseRecord, etag: String)>

    private init(_ remote: RemoteFolder, _ scope: RemoteScope, _ record: LeaseRecord, etag: String, life: Double) {
        self.remote = remote
        self.scope = scope
        self.life = life
        fence = record.fence
        state = Mutex((record, etag))
    }

    /// Takes the lease of a scope. The caller holds the scope's lock on this machine, so that no other process of this
    /// staging folder has the lease.
    /// - Parameter life: seconds after which others may take it unless it is renewed.
    /// - Throws: a `RemoteError` with the code `leased` while another machine has it.
    public static func take(_ scope: RemoteScope, of remote: RemoteFolder, life: Double) async throws -> Lease {
        let key = remote.key(scope.leaseKey)
        let (host, folder) = (remote.host, try StoreMarks(remote.folder).folderID())
        let process = UUID().uuidString.lowercased()
        while true {
            let now = remote.now()
            let found = try await remote.store.get(key)
            var record = LeaseRecord(
                host: host, folder: folder, process: process, until: now + Int64(life.rounded(.up)), fence: 1)
            if let found {
                // What is no lease is replaced: no process holds it. The fence of the index is looked at too.
                if let old = LeaseRecord(found.bytes) {
                    let isOwn = old.folder == folder && old.host == host
                    guard isOwn || old.until <= now else { throw leased(scope, old) }
                    record.fence = old.fence + 1
                }
            }
            if let fence = try await remote.index(scope)?.index.fence { record.fence = max(record.fence, fence + 1) }
            let condition: ObjectStore.Condition = found.map { .matches(etag: $0.etag) } ?? .absent
            // Another machine may have been faster.
            guard let etag = try await remote.store.put(key, record.text, if: condition) else { continue }
            return Lease(remote, scope, record, etag: etag, life: life)
        }
    }

    /// - Throws: a `RemoteError` with the code `leased` while another machine has the lease of a scope.
    public static func expectNone(_ scope: RemoteScope, of remote: RemoteFolder) async throws {
        guard let found = try await remote.store.get(remote.key(scope.leaseKey)), let old = LeaseRecord(found.bytes),
            old.until > remote.now(), try old.folder != StoreMarks(remote.folder).folderID()
        else { return }
        throw leased(scope, old)
    }

    private static func leased(_ scope: RemoteScope, _ record: LeaseRecord) -> RemoteError {
        RemoteError(
            .leased,
            "\(scope.name): \(record.host) works on it, until \(UTC.text(secondsSince1970: record.until)) unless it renews "
                + "its lease; run the same command again then",
            resumeAt: Double(record.until))
    }

    /// Prolongs it. Also when its time is over: as long as no other machine has taken it, it is this one's.
    /// - Throws: a `RemoteError` with the code `lost` when another machine has taken it.
    public func renew() async throws {
        try await write(until: remote.now() + Int64(life.rounded(.up)))
    }

    /// Gives it back, so that another machine need not wait.
    public func giveBack() async throws { try await write(until: 0) }

    private func write(until: Int64) async throws {
        let (old, etag) = state.withLock { $0 }
        var record = old
        record.until = until
        guard let new = try await remote.store.put(remote.key(scope.leaseKey), record.text, if: .matches(etag: etag))
        else { throw RemoteFolder.lost(scope) }
        state.withLock { $0 = (record, new) }
    }
}

extension RemoteFolder {
    static func lost(_ scope: RemoteScope) -> RemoteError {
        RemoteError(
            .lost,
            "\(scope.name): another machine works on it now, because this one did not renew its lease in time; nothing of "
                + "the other one was overwritten, and the same command continues when it has ended")
    }
}
