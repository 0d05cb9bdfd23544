internal import Logging
internal import Pipelines
internal import Remote
internal import Staging

extension SyncManager {
    /// Compacts the lists of a completed refresh whose layers have grown.
    ///
    /// A compaction that fails leaves the layers as they were, and is no reason for the refresh to fail: the next one tries it
    /// again.
    func compactGrownLayers(_ selection: Selection) async {
        do {
            let grown = try selection.entities.filter { entity in
                try RawManifest.read(folder.entity(phase: entity.phase, name: entity.name)).map(\.isGrown) ?? false
            }
            guard !grown.isEmpty, !stop.isRequested else { return }
            let compaction = try StagedCompaction(
                catalog: catalog, staging: configuration.staging, connection: configuration.connection,
                database: configuration.database)
            let chosen = try Selection(
                catalog, phases: Set(grown.map(\.phase)).sorted(), entities: grown.map(\.name))
            let scopes = chosen.phaseNames.flatMap { [RemoteScope.raw(phase: $0), .clean(phase: $0)] }
            try await holding(scopes[...]) {
                for outcome in try await compaction.run(chosen, stop: stop) where outcome.action == .compacted {
                    logger.info(
                        """
                        compacted \(outcome.phase)/\(outcome.entity): \(outcome.recordsBefore) records in \
                        \(outcome.partsBefore) parts are now \(outcome.recordsAfter) in \(outcome.partsAfter)
                        """, metadata: ["phase": "\(outcome.phase)", "entity": "\(outcome.entity)"])
                }
            }
        } catch {
            logger.warning("the staged files were not compacted: \(error)")
        }
    }

    /// Works under the leases of several scopes, where there is a store.
    private func holding(_ scopes: ArraySlice<RemoteScope>, _ body: () async throws -> Void) async throws {
        guard let remote = try remoteWork(), let first = scopes.first else { return try await body() }
        try await remote.holding(first) { _ in try await holding(scopes.dropFirst(), body) }
    }
}

extension RawManifest {
    /// Parts beyond those that the records fill, from which on a list is compacted after a refresh.
    static let mostSurplusParts = 64
    /// Whether refreshes have left so many parts, or so many superseded versions, that a compaction pays off: more than 64 parts
    /// that are not full, or a third of all lines.
    var isGrown: Bool {
        let least = (records + Self.recordsPerPart - 1) / Self.recordsPerPart
        let superseded = completion?.expected.map { records - $0 } ?? 0
        return parts.count - least >= Self.mostSurplusParts || superseded * 3 >= max(records, 1)
    }
}
