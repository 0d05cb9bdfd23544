internal import Jobs
internal import Pipelines
internal import Progress
internal import Staging

/// Looks at groups now and then, and at lists that have none only when their files changed.
struct GroupCache {
    private struct Entry {
        var stamp: FileStamp
        var time: Double
        var groups: [GroupSummary]
    }

    /// Seconds between two looks.
    private static let rest = 3.0

    private let reader: GroupReader?
    private var known: [String: Entry] = [:]

    init(_ reader: GroupReader?) { self.reader = reader }

    mutating func groups(
        _ entity: Entity, in folder: ConnectionFolder, database: String?, at now: Double
    ) -> [GroupSummary] {
        guard let reader, !entity.groupings.isEmpty else { return [] }
        let place = folder.entity(phase: entity.phase, name: entity.name)
        let stamp = FileStamp([place.rawManifest, place.clean + "/manifest.ndjson"])
        if let entry = known[place.raw] {
            // What is loaded does not show in the files.
            if abs(now - entry.time) < Self.rest || entry.groups.isEmpty && entry.stamp == stamp {
                return entry.groups
            }
        }
        let groups = reader(entity, folder, database)
        known[place.raw] = Entry(stamp: stamp, time: now, groups: groups)
        return groups
    }
}
