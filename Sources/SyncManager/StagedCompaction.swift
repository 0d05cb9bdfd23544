internal import Foundation
internal import JSON
internal import Load
package import Pipelines
package import Staging
internal import Tables
internal import Transform
internal import Verify

/// Rewrites the layers of lists to the newest version of every record, in place of many parts of which much no longer counts.
///
/// The database keeps what it has: its ledger is told where the records are now.
package struct StagedCompaction: Sendable {
    /// What became of one entity.
    package struct Outcome: JSONReport, Sendable, Equatable {
        /// What was done.
        package enum Action: String, Encodable, Sendable {
            /// Its layers are compacted, or would be.
            case compacted
            /// There is nothing to gain.
            case unchanged
            /// It has to wait, and `reason` says for what.
            case waiting
        }

        /// The phase.
        package let phase: String
        /// The entity.
        package let entity: String
        /// What was done.
        package var action: Action
        /// Why it has to wait.
        package var reason: String?
        /// Records in the raw layer.
        package var recordsBefore = 0
        /// Records that stay.
        package var recordsAfter = 0
        /// Part files of the raw layer.
        package var partsBefore = 0
        /// Part files of the raw layer that it has, or would have, afterwards.
        package var partsAfter = 0
        /// Bytes of all layers.
        package var bytesBefore = 0
        /// Bytes of all layers afterwards; absent when nothing was written.
        package var bytesAfter: Int?
        /// Seconds that it took.
        package var seconds = 0.0
    }

    private let catalog: Catalog
    private let folder: ConnectionFolder
    private let database: String

    /// - Throws: `StagingError` when the connection's name is not allowed.
    package init(catalog: Catalog, staging: String, connection: String, database: String) throws(StagingError) {
        self.catalog = catalog
        folder = try ConnectionFolder(staging: staging, connection: connection)
        self.database = database
    }

    /// What a compaction would do; nothing is written.
    package func plan(_ selection: Selection, stop: StopSignal = StopSignal()) throws -> [Outcome] {
        var outcomes: [Outcome] = []
        for entity in selection.entities where !stop.isRequested {
            if let work = try prepare(entity) { outcomes.append(work.outcome) }
        }
        return outcomes
    }

    /// Compacts entities, one after the other, under the locks of their phases.
    ///
    /// Killed at any instant, what counts is as it was or as it will be; the same command, or the next run, does the rest.
    package func run(
        _ selection: Selection, stop: StopSignal, onOutcome: (Outcome) -> Void = { _ in }
    ) async throws -> [Outcome] {
        var outcomes: [Outcome] = []
        for (phase, entities) in selection.phases where !stop.isRequested {
            guard try Files.isFolder("\(folder.path)/\(phase.name)") else { continue }
            for entity in entities where !stop.isRequested {
                guard let outcome = try await compact(entity, stop: stop) else { continue }
                onOutcome(outcome)
                outcomes.append(outcome)
            }
        }
        return outcomes
    }

    /// What there is to do for an entity.
    private struct Work {
        var outcome: Outcome
        var raw: RawManifest
        var result: ResultManifest
        var versions: RecordVersions
        var dropped: [Int64]
    }

    /// nil when nothing is extracted.
    private func prepare(_ entity: Entity) throws -> (outcome: Outcome, work: Work?)? {
        let place = folder.entity(phase: entity.phase, name: entity.name)
        guard let raw = try RawManifest.read(place) else { return nil }
        let result = try ResultManifest.read(place)
        var outcome = Outcome(phase: entity.phase, entity: entity.name, action: .unchanged)
        outcome.recordsBefore = raw.records
        outcome.recordsAfter = raw.records
        outcome.partsBefore = raw.parts.count
        outcome.partsAfter = raw.parts.count
        outcome.bytesBefore = Self.bytes(raw, result)
        if let reason = try obstacle(entity, place, raw, result) {
            outcome.action = .waiting
            outcome.reason = reason
            return (outcome, nil)
        }
        guard let result, raw.records > 0 else { return (outcome, nil) }
        let versions = try RecordVersions(entity, raw, result)
        let dropped = versions.superseded.filter { !versions.needed.contains($0) }
        let left = raw.records - dropped.count
        let parts = (left + RawManifest.recordsPerPart - 1) / RawManifest.recordsPerPart
        // Without a page, nothing says when the list was read.
        guard left > 0, !dropped.isEmpty || raw.parts.count > parts else { return (outcome, nil) }
        outcome.action = .compacted
        outcome.recordsAfter = left
        outcome.partsAfter = parts
        return (
            outcome, Work(outcome: outcome, raw: raw, result: result, versions: versions, dropped: dropped)
        )
    }

    /// Why an entity cannot be compacted now; nil when it can.
    private func obstacle(
        _ entity: Entity, _ place: EntityFolder, _ raw: RawManifest, _ result: ResultManifest?
    ) throws -> String? {
        let command = "--phase \(entity.phase) --entity \(entity.name)"
        guard raw.isAtRest, try !place.hasNextRaw else {
            return "its extract is not complete: run `cliosync extract \(command)`"
        }
        let decisions = try DecisionSet(DecisionFile(folder).read(), entity: entity.name)
        let fingerprint = Transformer.fingerprint(entity, decisions: decisions)
        guard let result, try result.staleness(raw, fingerprint: fingerprint) == nil else {
            return "its clean layer is not up to date: run `cliosync transform \(command)`, then load"
        }
        let loaded = try LoadedParts.state(entity, database: database, result)
        guard loaded == .all || loaded == LoadedParts.State.none else {
            return "it is not loaded as it is: run `cliosync load \(command)`"
        }
        return nil
    }

    private func compact(_ entity: Entity, stop: StopSignal) async throws -> Outcome? {
        let began = ContinuousClock.now
        guard var outcome = try rewrite(entity, stop: stop) else { return nil }
        // Also for one that an earlier command was killed behind.
        if outcome.action != .waiting, try Files.exists(database) {
            let folder = folder
            try await Loader(catalog: catalog, folder: folder, database: database).takeOverCompactions([entity]) {
                // Without the note, the next verification compares everything.
                if case .wrote(let span) = $0 { try? Verifier.note(span, folder) }
            }
        }
        outcome.seconds = (ContinuousClock.now - began) / .seconds(1)
        return outcome
    }

    /// The part of the work that needs the layers alone.
    private func rewrite(_ entity: Entity, stop: StopSignal) throws -> Outcome? {
        var locks: [FileLock] = []
        defer { for lock in locks { lock.release() } }
        for layer in ["raw", "clean"] {
            locks.append(
                try FileLock.exclusive(
                    folder.lock(phase: entity.phase, layer: layer), holder: "staged compact \(entity.phase)"))
        }
        guard let (planned, work) = try prepare(entity) else { return nil }
        let place = folder.entity(phase: entity.phase, name: entity.name)
        guard let work else {
            // One that was killed after the switch left the former parts.
            if planned.action == .unchanged, let raw = try RawManifest.read(place) {
                try RawCompaction.removeLeftovers(place, raw)
            }
            return planned
        }
        var outcome = planned
        guard let compaction = try RawCompaction.write(place, work.raw, dropping: work.dropped, stop: stop) else {
            return nil
        }
        let transformer = Transformer(folder, workers: ProcessInfo.processInfo.activeProcessorCount)
        _ = try transformer.compact(
            entity, to: compaction.manifest, from: work.result, duplicates: work.versions.duplicates, stop: stop
        ) { () throws(StagingError) in try compaction.putInPlace() }
        try compaction.removeFormerParts()
        outcome.partsAfter = compaction.manifest.parts.count
        outcome.bytesAfter = Self.bytes(compaction.manifest, try ResultManifest.read(place))
        return outcome
    }

    private static func bytes(_ raw: RawManifest, _ result: ResultManifest?) -> Int {
        raw.parts.reduce(0) { $0 + $1.bytes }
            + (result?.parts.reduce(0) { $0 + $1.files.reduce(0) { $0 + $1.bytes } } ?? 0)
    }
}
