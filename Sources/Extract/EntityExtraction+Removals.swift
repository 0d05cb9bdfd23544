internal import Pipelines
internal import Staging

extension EntityExtraction {
    static let otherUserText =
        "another Clio user fetched this list: records that this one does not see are kept; --accept-removals takes them out"

    /// Whether all of a layer came from the user as whom this run works, as far as Clio names users.
    func isOfThisUser(_ manifest: RawManifest) -> Bool {
        guard let user = account?.userID else { return manifest.users.isEmpty }
        return manifest.users.isSubset(of: [user])
    }

    func isOfOtherUsers(_ manifest: RawManifest) -> Bool { !isOfThisUser(manifest) && !acceptsRemovals }

    /// Whether records that the list shows no more may be taken out.
    /// - Returns: false when another user fetched them, who may see more: then they are kept, which a note says.
    /// - Throws: `.removals` when they are too many.
    func mayRemove(_ gone: Int, of total: Int, _ writer: RawLayerWriter) async throws -> Bool {
        if acceptsRemovals {
            // What is left is what this user sees.
            if let account, !isOfThisUser(writer.manifest) {
                try await writer.settle(on: account)
            }
            return true
        }
        if !isOfThisUser(writer.manifest) {
            try await record(.otherUser(records: gone, user: account?.user), to: writer)
            return false
        }
        guard RemovalGuard.stops(removing: gone, of: total) else { return true }
        throw Halt.removals(
            RemovalGuard.text("\(folder.phase)/\(entity.name)", removing: gone, of: total, user: account?.user))
    }

    /// Looks at what a new generation lacks, before it takes the place of the one before.
    func guardReplacement(_ writer: RawLayerWriter) async throws {
        guard !isBesideLayers, !acceptsRemovals else { return }
        let gone: Int
        let total: Int
        let isOfThisUser: Bool
        guard let before = try RawManifest.read(folder),
            before.header.generation < writer.manifest.header.generation, before.records > 0
        else { return }
        try await writer.seal()
        let new = try await StagedIDs.read(writer.files, alive: writer.manifest)
        // A layer that cannot be read is replaced for just that reason: only its records are counted.
        let old = try? await StagedIDs.read(
            before.parts.filter(\.sealed).map { before.file($0, in: folder) }, alive: before)
        gone = old.map { $0.subtracting(new).count } ?? max(0, before.records - new.count)
        total = old?.count ?? before.records
        isOfThisUser = self.isOfThisUser(before)
        guard gone > 0, RemovalGuard.stops(removing: gone, of: total) || !isOfThisUser else { return }
        let text = RemovalGuard.text(
            "\(folder.phase)/\(entity.name)", removing: gone, of: total, user: account?.user)
        throw Halt.removals(isOfThisUser ? text : text + "; another user fetched them, who may see more")
    }
}
