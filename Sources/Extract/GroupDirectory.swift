internal import JSON
public import Pipelines
public import Staging

/// The groups of a list: which there are, by the staged records that say so.
public struct GroupDirectory: Sendable, Equatable {
    /// One group.
    public struct Group: Sendable, Equatable {
        /// Its id as text; `none` for records of the look-up that have no group, `null` for those of the list without one.
        public let key: String
        /// What people call it, where Clio tells.
        public let name: String?
        /// The filter's values, one list for each.
        public let values: [String]

        /// A group from its parts.
        public init(key: String, name: String?, values: [String]) {
            self.key = key
            self.name = name
            self.values = values
        }
    }

    /// In the order of their ids; what has no group comes last.
    public private(set) var groups: [Group]

    /// The value for records without one.
    static let null = "null"
    private static let none = "none"

    init(_ groups: [Group]) { self.groups = groups }

    /// How many lists they make, without the one for records without a group.
    public var streams: Int { Set(groups.flatMap(\.values)).subtracting([Self.null]).count }

    /// Reads the look-up's sealed parts; empty when nothing of it is staged. Blocks while it reads.
    public init(_ grouping: Grouping, in folder: ConnectionFolder) throws(StagingError) {
        groups = []
        let place = folder.entity(phase: grouping.lookup.phase, name: grouping.lookup.entity)
        guard let manifest = try RawManifest.read(place) else { return }
        let gone = Set(manifest.deletions.flatMap(\.ids))
        var names: [Int64: String] = [:]
        var members: [Int64: Set<Int64>] = [:]
        var alone: Set<Int64> = []
        var belongs: [Int64: [Int64]] = [:]
        let parser = JSONParser()
        for part in manifest.parts where part.sealed && part.records > 0 {
            let reader = try NDJSONReader(manifest.file(part, in: place))
            while let line = try reader.next() {
                guard let record = try? parser.parse(line), let id = record["id"]?.int64, !gone.contains(String(id))
                else { continue }
                guard let list = grouping.list else {
                    names[id] = record["name"]?.string
                    members[id] = [id]
                    continue
                }
                // Of a record that came twice, the later one counts.
                belongs[id] = []
                record[list]?.forEachElement { element in
                    guard let group = element["id"]?.int64 else { return }
                    names[group] = element["name"]?.string ?? names[group]
                    belongs[id]?.append(group)
                }
            }
        }
        for (id, own) in belongs {
            if own.isEmpty { alone.insert(id) }
            // With several groups, a value's list belongs to the first of them: nothing is requested twice.
            for group in grouping.takesRecord ? Array(own.sorted().prefix(1)) : own {
                members[group, default: []].insert(grouping.takesRecord ? id : group)
            }
        }
        groups = members.keys.sorted().map { key in
            Group(key: String(key), name: names[key], values: (members[key] ?? []).sorted().map { String($0) })
        }
        if grouping.takesRecord, !alone.isEmpty {
            groups.append(Group(key: Self.none, name: nil, values: alone.sorted().map { String($0) }))
        }
        guard !groups.isEmpty else { return }
        if grouping.takesNull { groups.append(Group(key: Self.null, name: nil, values: [Self.null])) }
    }

    /// The group with this id or name, whatever its case; nil when there is none, or several.
    public func find(_ text: String) -> Group? {
        let found = matches(text)
        return found.count == 1 ? found[0] : nil
    }

    /// The group with this id, else all that have this name, whatever its case.
    public func matches(_ text: String) -> [Group] {
        if let group = groups.first(where: { $0.key == text }) { return [group] }
        return groups.filter { $0.name?.lowercased() == text.lowercased() }
    }

    /// The stream of the records that show a value.
    public static func stream(_ grouping: Grouping, _ value: String) -> StreamKey {
        StreamKey(.group(filter: grouping.parameter, value: value))
    }

    /// The grouping that an extract was begun with, by its journal; nil: it is not cut into groups.
    public static func grouping(_ manifest: RawManifest, of entity: Entity) -> Grouping? {
        for case .grouped(let name) in manifest.events { return entity.grouping(named: name) }
        return nil
    }

    /// Whether the list is fetched without the groups that were asked for.
    static func isAbandoned(_ manifest: RawManifest) -> Bool {
        manifest.events.contains { if case .groupsAbandoned = $0 { true } else { false } }
    }
}
