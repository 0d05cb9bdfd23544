internal import Dispatch
internal import Foundation
internal import JSON
internal import Pipelines
internal import Staging
internal import Synchronization

/// Finds the raw lines of a record.
///
/// The manifest knows the lowest and the highest id of most pages, so that few parts are read; what is read is searched
/// for the bytes of the id before anything is parsed, on all cores.
struct RawSearch {
    /// A line that was found.
    struct Hit: Sendable {
        let part: RawPart
        let line: Int
        let record: String
        /// Whether it is no JSON, so that it may be another record.
        let isBroken: Bool
    }

    private let manifest: RawManifest
    private let place: EntityFolder
    private let keyPath: [String]
    private let id: String
    private let isInteger: Bool

    init(_ entity: Entity, _ manifest: RawManifest, _ place: EntityFolder, id: String) {
        self.manifest = manifest
        self.place = place
        self.id = id
        let key = entity.table.column(named: Table.keyColumn)
        keyPath = key?.path ?? [Table.keyColumn]
        isInteger = key?.type == .integer
    }

    /// Finds every line of the record.
    /// - Parameter everywhere: look also where the id should not be.
    /// - Returns: the lines in order, and how many records were looked through.
    func run(everywhere: Bool) throws -> (hits: [Hit], records: Int) {
        let parts = everywhere ? manifest.parts : candidates()
        let found = Mutex<[Int: [Hit]]>([:])
        try concurrently(parts.count) { index in
            let hits = try search(parts[index])
            if !hits.isEmpty { found.withLock { $0[index] = hits } }
        }
        let hits = found.withLock { $0.sorted { $0.key < $1.key }.flatMap(\.value) }
        return (hits, parts.reduce(0) { $0 + $1.records })
    }

    /// The parts that may hold the id: those with a page whose ids reach around it, or whose ids are not recorded.
    private func candidates() -> [RawPart] {
        guard isInteger, let wanted = Int64(id) else { return manifest.parts }
        let possible = Set(manifest.pages.filter { $0.ids?.contains(wanted) ?? true }.map(\.part))
        return manifest.parts.filter { possible.contains($0.name) }
    }

    private func search(_ part: RawPart) throws -> [Hit] {
        let needle = IDNeedle(key: keyPath.last ?? Table.keyColumn, id: id)
        let parser = JSONParser()
        let reader = try NDJSONReader(manifest.file(part, in: place))
        var hits: [Hit] = []
        while let line = try reader.next() {
            guard needle.mayBeIn(line) else { continue }
            let value = try? parser.parse(line)
            if var value {
                var isThere = true
                for key in keyPath {
                    guard let next = value[key] else {
                        isThere = false
                        break
                    }
                    value = next
                }
                guard isThere, (value.int64.map { String($0) } ?? value.string) == id else { continue }
            }
            hits.append(
                Hit(
                    part: part, line: reader.line, record: String(decoding: line, as: UTF8.self),
                    isBroken: value == nil))
        }
        return hits
    }

    /// Runs `work` for every index on all cores; the first error is thrown.
    private func concurrently(_ count: Int, _ work: @Sendable (Int) throws -> Void) throws {
        let failure = Mutex<(any Error)?>(nil)
        let next = Atomic<Int>(0)
        let workers = min(count, ProcessInfo.processInfo.activeProcessorCount)
        DispatchQueue.concurrentPerform(iterations: workers) { _ in
            while true {
                let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
                guard index < count, failure.withLock({ $0 == nil }) else { return }
                do { try work(index) } catch { failure.withLock { $0 = $0 ?? error } }
            }
        }
        if let error = failure.withLock({ $0 }) { throw error }
    }
}
