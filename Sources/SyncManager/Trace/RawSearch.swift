internal import Dispatch
internal import Foundation
internal import JSON
internal import Pipelines
internal import Staging
internal import Synchronization

/// Finds the raw lines of a record.
///
/// Where Clio was asked for a list in the order of its ids, the first record of each part says in which parts the id can
/// be; the other lists are read whole. What is read is searched for the bytes of the id before anything is parsed, on
/// all cores.
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
    private let isOrdered: Bool

    init(_ entity: Entity, _ manifest: RawManifest, _ place: EntityFolder, id: String) {
        self.manifest = manifest
        self.place = place
        self.id = id
        let key = entity.table.column(named: Table.keyColumn)
        keyPath = key?.path ?? [Table.keyColumn]
        isOrdered = entity.order == "id(asc)" && keyPath == ["id"] && Int64(id) != nil
    }

    /// Finds every line of the record.
    /// - Parameter everywhere: look also where the id should not be.
    /// - Returns: the lines in order, and how many records were looked through.
    func run(everywhere: Bool) throws -> (hits: [Hit], records: Int) {
        let parts = try everywhere ? manifest.parts : candidates()
        let found = Mutex<[Int: [Hit]]>([:])
        try concurrently(parts.count) { index in
            let hits = try search(parts[index])
            if !hits.isEmpty { found.withLock { $0[index] = hits } }
        }
        let hits = found.withLock { $0.sorted { $0.key < $1.key }.flatMap(\.value) }
        return (hits, parts.reduce(0) { $0 + $1.records })
    }

    /// The parts that may hold the id.
    private func candidates() throws -> [RawPart] {
        guard isOrdered, let wanted = Int64(id) else { return manifest.parts }
        let parts = manifest.parts.filter { $0.records > 0 }
        let firsts = Mutex<[Int64?]>(Array(repeating: nil, count: parts.count))
        try concurrently(parts.count) { index in
            // An import has whatever order its file had.
            guard parts[index].stream != "import" else { return }
            let first = try firstID(parts[index])
            firsts.withLock { $0[index] = first }
        }
        let known = firsts.withLock { $0 }
        var chosen: [Int] = []
        for stream in Set(parts.map(\.stream)) {
            let indices = parts.indices.filter { parts[$0].stream == stream }
            let ids = indices.map { known[$0] }
            let isAscending = zip(ids, ids.dropFirst()).allSatisfy { first, second in
                first != nil && second != nil && (first ?? 0) <= (second ?? 0)
            }
            for (place, index) in indices.enumerated() {
                let isBelow = ids[place].map { $0 > wanted } ?? false
                let isAbove = place + 1 < ids.count && (ids[place + 1].map { $0 < wanted } ?? false)
                if !isAscending || ids[place] == nil || !(isBelow || isAbove) { chosen.append(index) }
            }
        }
        return chosen.sorted().map { parts[$0] }
    }

    private func firstID(_ part: RawPart) throws -> Int64? {
        let reader = try NDJSONReader(manifest.file(part, in: place))
        guard let line = try reader.next() else { return nil }
        return (try? JSONParser().parse(line))?["id"]?.int64
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
