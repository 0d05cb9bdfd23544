public import Bytes
internal import Foundation
internal import Jobs
internal import Load
internal import Pipelines
internal import Staging
internal import Synchronization
internal import Transform

extension SyncRun {
    /// More rejects than `--max-rejected` allows leave the entity partly done; the run continues.
    func checkRejects(_ entity: Entity, _ report: TransformReport) {
        guard let limit = limits.maxRejected,
            limit.isExceeded(rejected: report.rejected, records: report.records)
        else { return }
        let share = String(format: "%.2f", Double(report.rejected) * 100 / Double(max(1, report.records)))
        let message =
            "\(report.rejected) of \(report.records) records are rejected (\(share) %), more than --max-rejected "
            + "\(limit); `cliosync review ls --phase \(entity.phase) --entity \(entity.name)` says why"
        results.withLock { $0.excess[EntityKey(entity)] = message }
        job?.event(.warning, "data", "max_rejected", "\(entity.phase)/\(entity.name): \(message)")
    }

    /// Refuses a stage that will not find room on the disk, before it writes anything.
    func checkSpace(_ stage: Stage, _ entities: [Entity]) throws {
        guard limits.checksDiskSpace, !entities.isEmpty else { return }
        var phases: [String] = []
        for entity in entities where !phases.contains(entity.phase) { phases.append(entity.phase) }
        let phase = phases.joined(separator: ", ")
        let need = SpaceNeed(manager.folder, force: force)
        switch stage {
        case .extract:
            let estimate = results.withLock { $0.estimate }
            try require(need.extract(entities, estimate), in: manager.folder.path, "extract \(phase)")
        case .transform: try require(need.transform(entities), in: manager.folder.path, "transform \(phase)")
        case .load:
            let database = manager.configuration.database
            try require(
                need.load(entities, of: manager.catalog, database: database),
                in: (database as NSString).deletingLastPathComponent,
                "load \(phase)")
        case .verify: break
        }
    }

    private func require(_ bytes: Int, in folder: String, _ what: String) throws {
        let place = folder.isEmpty ? "." : folder
        if let error = SpaceError(place, what, needs: bytes, free: Files.freeSpace(place)) { throw error }
    }
}

/// There is not enough room for a stage; nothing was written.
public struct SpaceError: CommandFailure {
    /// One line that says what, where and what to do.
    public let description: String

    /// What the process exits with.
    public var exitStatus: ExitStatus { .failed }

    /// nil when there is room enough, or when the free space is unknown.
    init?(_ place: String, _ what: String, needs bytes: Int, free: Int?) {
        guard bytes > 0, let free, free < bytes else { return nil }
        func megabytes(_ bytes: Int) -> Int { (bytes + 999_999) / 1_000_000 }
        description =
            "\(place): \(what) needs about \(megabytes(bytes)) MB, \(megabytes(free)) MB are free; make room, "
            + "or continue anyway with --ignore-disk-space"
    }
}

/// How many bytes stages are going to write; 0 where nothing can be known.
struct SpaceNeed {
    private let folder: ConnectionFolder
    private let force: Bool

    init(_ folder: ConnectionFolder, force: Bool) {
        self.folder = folder
        self.force = force
    }

    /// What is left to fetch, at the size that the records had so far; of a list that is not begun, the estimate.
    func extract(_ entities: [Entity], _ estimate: SyncEstimate?) throws(StagingError) -> Int {
        var sum = 0
        for entity in entities {
            let state = try EntityState(entity, in: folder)
            guard let raw = state.raw, raw.records > 0 else {
                let row = estimate?.entities.first { $0.phase == entity.phase && $0.entity == entity.name }
                sum += Int(Double(row?.records ?? 0) * (row?.stagedBytesPerRecord ?? 0))
                continue
            }
            let bytes = raw.parts.reduce(0) { $0 + $1.bytes }
            if raw.completion != nil {
                sum += force ? bytes : 0
            } else if let expected = state.expected, expected > raw.records {
                sum += bytes / raw.records * (expected - raw.records)
            }
        }
        return sum
    }

    /// The raw parts that are to be done: clean and flagged lines together take about as much room.
    func transform(_ entities: [Entity]) throws -> Int {
        let decisions = try DecisionFile(folder).read()
        var sum = 0
        for entity in entities {
            let state = try EntityState(entity, in: folder)
            guard let raw = state.raw else { continue }
            let fingerprint = Transformer.fingerprint(
                entity, decisions: DecisionSet(decisions, entity: entity.name))
            let isRebuilt = try state.result?.staleness(raw, fingerprint: fingerprint)?.needsRebuild
            let done = force || isRebuilt == true ? [] : Set(state.result?.parts.map(\.part) ?? [])
            sum += raw.parts.filter { !done.contains($0.name) }.reduce(0) { $0 + $1.bytes }
        }
        return sum + sum / 10
    }

    /// The parts that are not in the database, as plain text: rows without keys, with indexes, come to about that. A table
    /// that is built anew takes all that feeds it.
    func load(_ entities: [Entity], of catalog: Catalog, database: String) throws -> Int {
        var sum = 0
        var rebuilt: Set<String> = []
        for entity in entities where !rebuilt.contains(entity.table.name) {
            guard let result = try EntityState(entity, in: folder).result else { continue }
            let loaded = force ? [] : (try? LoadedParts.of(entity, database: database, result)) ?? []
            let difference = (try? SchemaDifference.of(entity, database: database)) ?? nil
            if let difference, difference.isRebuilt || loaded.isEmpty {
                rebuilt.insert(entity.table.name)
                for feeder in catalog.feeders(ofTable: entity.table.name) {
                    sum += try Self.plainBytes(try EntityState(feeder, in: folder).result?.parts ?? [])
                }
            } else {
                sum += try Self.plainBytes(result.parts.filter { !loaded.contains($0.part) })
            }
        }
        return sum
    }

    /// Of clean parts, by how the first of them was compressed.
    private static func plainBytes(_ parts: [ResultPart]) throws(StagingError) -> Int {
        let files = parts.compactMap(\.clean)
        guard let sample = files.first, sample.bytes > 0 else { return 0 }
        let ratio = Double(try plainBytes(sample)) / Double(sample.bytes)
        return Int(Double(files.reduce(0) { $0 + $1.bytes }) * ratio)
    }

    private static func plainBytes(_ file: PartFile) throws(StagingError) -> Int {
        let reader = try NDJSONReader(file)
        var bytes = 0
        while let line = try reader.next() { bytes += line.count + 1 }
        return bytes
    }
}
