extension ObjectStore {
    /// Finds out whether the store keeps the conditions of writes, by an object that is deleted again.
    /// - Parameter key: where to try it: no other process uses it.
    /// - Returns: whether it does. Without them two machines could overwrite each other's files.
    public func keepsConditions(key: String) async throws -> Bool {
        guard let first = try await put(key, [1], if: .absent) else { return false }
        let again = try await put(key, [2], if: .absent)
        let other = try await put(key, [3], if: .matches(etag: "\"00000000000000000000000000000000\""))
        let same = try await put(key, [4], if: .matches(etag: first))
        try await delete(key)
        return again == nil && other == nil && same != nil
    }
}
