internal import JSON
internal import Staging

/// The records of a list by its layer, each once, with when they were created: without those that were found deleted or that
/// left the list.
enum HeldRecords {
    /// - Parameter files: of the manifest's parts, in their order.
    static func read(
        _ files: [PartFile], alive manifest: RawManifest
    ) async throws(StagingError) -> [DeletionSearch.Held] {
        let pages = Dictionary(grouping: manifest.pages, by: \.part)
        let parts = zip(manifest.parts, files).map { ($0.1, pages[$0.0.name] ?? []) }
        let (gone, unnamed) = (manifest.ended, manifest.unnamed)
        return try await StagedFiles.read { () throws(StagingError) in try readNow(parts, gone, unnamed) }
    }

    /// A record without a usable id.
    private struct Nameless {
        let sequence: Int64
        let created: Int?
    }

    private static func readNow(
        _ parts: [(file: PartFile, pages: [RawPageEntry])], _ gone: [String: Int64], _ unnamed: RawUnnamed?
    ) throws(StagingError) -> [DeletionSearch.Held] {
        var created: [String: Int?] = [:]
        var nameless: [Nameless] = []
        let parser = JSONParser()
        try StagedFiles.forEachLine(parts) { line, sequence in
            let record = try? parser.parse(line)
            let id = record?["id"]
            let moment = record?["created_at"]?.string.flatMap(Moment.seconds).map { Int($0.rounded(.down)) }
            guard let name = id?.int64.map({ String($0) }) ?? id?.string else {
                return nameless.append(Nameless(sequence: sequence, created: moment))
            }
            if let deletion = gone[name], sequence < deletion { return }
            created.updateValue(moment, forKey: name)
        }
        return created.map { DeletionSearch.Held(id: $0.key, created: $0.value) }
            + counted(nameless, unnamed).map { DeletionSearch.Held(id: nil, created: $0) }
    }

    /// When those were created that count. Versions of one record were created at the same time; where that does not lead to
    /// as many as were counted, it is not known which ones count.
    private static func counted(_ nameless: [Nameless], _ unnamed: RawUnnamed?) -> [Int?] {
        guard let unnamed else { return nameless.map(\.created) }
        let earlier = nameless.filter { $0.sequence < unnamed.sequence }.map(\.created)
        let later = nameless.filter { $0.sequence > unnamed.sequence }.map(\.created)
        if earlier.count == unnamed.records { return earlier + later }
        let distinct = Set(earlier)
        if distinct.count == unnamed.records { return Array(distinct) + later }
        return [Int?](repeating: nil, count: unnamed.records) + later
    }
}
