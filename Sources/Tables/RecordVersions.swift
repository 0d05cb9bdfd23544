internal import JSON
package import Pipelines
package import Staging

/// Which staged records of an entity count no more: there is a newer version, or Clio deleted them.
///
/// It follows the load: newest is the later `updated_at`, then the later number, of accepted and rejected records alike; a
/// deletion ends every version with a lower number. A record without a usable id has one version.
///
/// Eight bytes of memory a record, and more only for those that have several versions or were deleted.
package struct RecordVersions {
    /// Numbers of records that are in no table because of another version or a deletion, ascending.
    package private(set) var superseded: [Int64] = []
    /// Those of them that must stay in the files: an older version with a later number outlived the deletion of a newer one,
    /// and without that one it would come back.
    package private(set) var needed: Set<Int64> = []
    /// How many of the needed ones and those that they keep out are accepted, beyond one of each id.
    package private(set) var duplicates = 0

    private struct Version {
        let updatedAt: Int64
        let sequence: Int64
        let isAccepted: Bool
    }

    /// - Parameter result: is current with the raw layer.
    package init(_ entity: Entity, _ raw: RawManifest, _ result: ResultManifest) throws {
        let scan = VersionScan(entity, result)
        var deletions: [JSONKey: Int64] = [:]
        for deletion in raw.deletions {
            for id in deletion.ids {
                let key = scan.isKeyInteger ? Int64(id).map(JSONKey.number) : .text(id)
                if let key { deletions[key] = deletion.sequence }
            }
        }
        let repeated = try Self.repeatedHashes(scan, besides: deletions.keys.map(\.hash))
        guard !repeated.isEmpty else { return }
        var versions: [JSONKey: [Version]] = [:]
        try scan.forEach { id, line, sequence, isAccepted in
            guard repeated.contains(JSONKey.hash(id)) else { return }
            let updatedAt = line[Table.versionColumn]?.utf8.flatMap(Instant.milliseconds) ?? .min
            versions[JSONKey(id), default: []].append(
                Version(updatedAt: updatedAt, sequence: sequence, isAccepted: isAccepted))
        }
        for (key, versions) in versions { settle(versions, deletion: deletions[key]) }
        superseded.sort()
    }

    private mutating func settle(_ versions: [Version], deletion: Int64?) {
        guard
            let newest = versions.max(by: { ($0.updatedAt, $0.sequence) < ($1.updatedAt, $1.sequence) })
        else { return }
        let isGone = deletion.map { newest.sequence < $0 } ?? false
        let ended = versions.filter { isGone || $0.sequence != newest.sequence }.map(\.sequence)
        superseded += ended
        // Not a single one can go without the question who is newest among the others.
        if isGone, let deletion, versions.contains(where: { $0.sequence > deletion }) {
            needed.formUnion(ended)
            duplicates += max(0, versions.count(where: \.isAccepted) - 1)
        }
    }

    /// The hashes of ids that have more than one version, or are among these.
    private static func repeatedHashes(_ scan: VersionScan, besides known: [Int64]) throws -> Set<Int64> {
        var hashes: [Int64] = []
        hashes.reserveCapacity(scan.records)
        try scan.forEach { id, _, _, _ in hashes.append(JSONKey.hash(id)) }
        hashes.sort()
        var repeated = Set(known)
        for (hash, next) in zip(hashes, hashes.dropFirst()) where hash == next { repeated.insert(hash) }
        return repeated
    }
}

/// A usable id.
private enum JSONKey: Hashable {
    case number(Int64)
    case text(String)

    init(_ id: JSONValue) { self = id.int64.map(Self.number) ?? .text(id.string ?? "") }

    var hash: Int64 {
        switch self {
        case .number(let number): number
        case .text(let text): Self.hash(text: text)
        }
    }

    /// The same for the same id; of two ids seldom.
    static func hash(_ id: JSONValue) -> Int64 { id.int64 ?? hash(text: id.string ?? "") }

    private static func hash(text: String) -> Int64 {
        var hasher = Hasher()
        hasher.combine(text)
        return Int64(hasher.finalize())
    }
}

/// The records with a usable id, in the clean and flagged layers of an entity.
private struct VersionScan {
    let isKeyInteger: Bool
    let records: Int
    private let result: ResultManifest

    init(_ entity: Entity, _ result: ResultManifest) {
        isKeyInteger = TableSchema(table: entity.table).isKeyInteger
        records = result.records
        self.result = result
    }

    func forEach(
        _ body: (_ id: JSONValue, _ line: JSONValue, _ sequence: Int64, _ isAccepted: Bool) throws -> Void
    ) throws {
        let parser = JSONParser()
        let kind: JSONValue.Kind = isKeyInteger ? .integer : .string
        for part in result.parts {
            if let file = part.clean {
                let reader = try NDJSONReader(file)
                var numbers = part.cleanLines
                while let text = try reader.next() {
                    let number = numbers.next()?.sequence
                    let line = try parser.parse(text)
                    guard let number, let id = line[Table.keyColumn], id.kind == kind else { continue }
                    try body(id, line, number, true)
                }
            }
            guard part.rejected > 0, let file = part.flagged else { continue }
            let reader = try NDJSONReader(file)
            while let text = try reader.next() {
                let line = try parser.parse(text)
                guard line["severity"]?.isString("reject") == true, let id = line[Table.keyColumn], id.kind == kind,
                    let place = line["line"]?.int64, (1...Int64(max(1, part.records))).contains(place)
                else { continue }
                try body(id, line, part.sequence(ofRawLine: Int(place)), false)
            }
        }
    }
}
