internal import Foundation

extension RemoteFolder {
    /// The firm's state; nil: no machine has stored one.
    public func storedStatus() async throws -> [UInt8]? { try await store.get(statusKey)?.bytes }

    /// Replaces the firm's state in the store.
    /// - Parameter change: makes the new one of the one that is stored; nil: it stays as it is.
    public func updateStatus(_ change: @Sendable ([UInt8]?) -> [UInt8]?) async throws {
        // Another machine may store at the same moment, of another part of the firm's work.
        for _ in 0..<5 {
            let found = try await store.get(statusKey)
            guard let next = change(found?.bytes) else { return }
            let condition: ObjectStore.Condition = found.map { .matches(etag: $0.etag) } ?? .absent
            if try await store.put(statusKey, next, if: condition) != nil { return }
        }
    }

    /// Makes sure, once for this folder, that the store keeps the conditions of writes.
    /// - Throws: a `RemoteError` with the code `refused` when it does not.
    public func requireConditions() async throws {
        let marks = StoreMarks(folder)
        let place = store.location.text
        guard try !marks.keepsConditions(place) else { return }
        guard try await store.keepsConditions(key: key("doctor/\(UUID().uuidString.lowercased())")) else {
            throw RemoteError(
                .refused,
                "\(place): does not keep the conditions of writes (If-None-Match, If-Match), so that machines could overwrite "
                    + "each other's files; use another store, or no SYNC_REMOTE")
        }
        try marks.noteConditions(place)
    }
}
