internal import Foundation
public import JSON
public import Pipelines
public import Staging

/// Removes what no layer uses any more.
public struct StagedPrune: Sendable {
    /// Something that is removed.
    public struct Item: Sendable {
        /// The phase.
        public let phase: String
        /// What it is.
        public let leftover: LayerLeftover

        /// The item as a report.
        /// - Parameter removed: whether it is gone now.
        public func report(removed: Bool) -> some JSONReport {
            PrunedReport(
                phase: phase, entity: leftover.entity, kind: leftover.kind.rawValue, path: leftover.path,
                bytes: leftover.bytes, removed: removed)
        }
    }

    private let folder: ConnectionFolder
    /// Old generations of an entity that stay, the newest first.
    private let keep: Int
    /// Seconds; what was changed later stays. nil: any age, but unfinished work stays.
    private let olderThan: Double?

    /// - Throws: `StagingError` when the connection's name is not allowed, `ConfigurationError` when nothing is staged.
    public init(staging: String, connection: String, keep: Int, olderThan: Double?) throws {
        folder = try .existing(staging: staging, connection: connection)
        self.keep = keep
        self.olderThan = olderThan
    }

    /// What is removed of the chosen phases and entities; nothing is changed.
    public func items(_ selection: Selection) throws -> [Item] {
        let now = Date().timeIntervalSince1970
        return try selection.phases.flatMap { phase, entities in
            let names = Set(entities.map(\.name))
            let all = try folder.leftovers(phase: phase.name).filter { names.contains($0.entity) }
            var kept: [String: Int] = [:]
            // The newest first, by the generation's number in its name.
            return all.sorted { $0.path > $1.path }.filter { leftover in
                if leftover.kind == .unfinished, olderThan == nil { return false }
                if let olderThan, now - leftover.modified < olderThan { return false }
                guard leftover.kind == .generation || leftover.kind == .raw else { return true }
                kept["\(leftover.kind)/\(leftover.entity)", default: 0] += 1
                return kept["\(leftover.kind)/\(leftover.entity)", default: 0] > keep
            }.sorted { $0.path < $1.path }.map { Item(phase: phase.name, leftover: $0) }
        }
    }

    /// Removes them, under the locks of their phases.
    /// - Returns: what was removed.
    public func run(_ selection: Selection) throws -> [Item] {
        var locks: [FileLock] = []
        defer { for lock in locks { lock.release() } }
        for name in selection.phaseNames where try Files.isFolder("\(folder.path)/\(name)") {
            for layer in ["raw", "clean"] {
                locks.append(
                    try FileLock.exclusive(folder.lock(phase: name, layer: layer), holder: "staged prune \(name)"))
            }
        }
        // Looked for again under the locks: what was unfinished may be in place now.
        let items = try items(selection)
        for item in items { try Files.remove(item.leftover.path) }
        return items
    }

    /// Seconds of an age such as `12h`, `7d` or `2w`; nil for anything else.
    public static func seconds(_ age: String) -> Double? {
        let units: [Character: Double] = ["h": 3600, "d": 86_400, "w": 604_800]
        guard let unit = age.last, let seconds = units[unit], let count = Int(age.dropLast()), count >= 0 else {
            return nil
        }
        return Double(count) * seconds
    }
}

/// What `staged prune --json` prints of one item.
private struct PrunedReport: JSONReport {
    let phase: String
    let entity: String
    let kind: String
    let path: String
    let bytes: Int
    let removed: Bool
}
