internal import JSON
internal import Staging

/// The records of a layer that were not found deleted, each once, with when they were created.
enum HeldRecords {
    /// - Parameter files: of the manifest's parts, in their order.
    static func read(
        _ files: [PartFile], alive manifest: RawManifest
    ) async throws(StagingError) -> [DeletionSearch.Held] {
        var gone: [String: Int64] = [:]
        for deletion in manifest.deletions {
            for id in deletion.ids { gone[id] = max(gone[id] ?? 0, deletion.sequence) }
        }
        let parts = zip(manifest.parts, files).map { ($0.1, manifest.pages(of: $0.0.name)) }
        return try await StagedFiles.read { [gone] () throws(StagingError) in try readNow(parts, gone) }
    }

    private static func readNow(
        _ parts: [(file: PartFile, pages: [RawPageEntry])], _ gone: [String: Int64]
    ) throws(StagingError) -> [DeletionSearch.Held] {
        var created: [String: Int?] = [:]
        var nameless: [Int: Int?] = [:]
        let parser = JSONParser()
        for (file, pages) in parts where file.records > 0 {
            let reader = try NDJSONReader(file)
            var sequences = PageCursor(pages)
            while let line = try reader.next() {
                let sequence = sequences.next() ?? .max
                let record = try? parser.parse(line)
                let id = record?["id"]
                let moment = record?["created_at"]?.string.flatMap(Moment.seconds).map { Int($0.rounded(.down)) }
                guard let name = id?.int64.map({ String($0) }) ?? id?.string else {
                    // The same line may have come twice.
                    var hasher = Hasher()
                    hasher.combine(bytes: line)
                    nameless.updateValue(moment, forKey: hasher.finalize())
                    continue
                }
                if let deletion = gone[name], sequence < deletion { continue }
                created.updateValue(moment, forKey: name)
            }
        }
        return created.map { DeletionSearch.Held(id: $0.key, created: $0.value) }
            + nameless.map { DeletionSearch.Held(id: nil, created: $0.value) }
    }
}
