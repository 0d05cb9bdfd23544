internal import JSON
internal import Staging

/// Reads off the staged files how far a stream's creations came.
enum LastCreation {
    /// The earliest `created_at` of a stream's last page, seconds since 1970; nil when there is none.
    static func read(_ stream: StreamKey, _ writer: RawLayerWriter) async throws(StagingError) -> Double? {
        try await writer.seal()
        guard let page = writer.manifest.pages.last(where: { $0.stream == stream && $0.records > 0 }),
            let file = writer.files.first(where: { $0.path.hasSuffix("/\(page.part).ndjson.gz") })
        else { return nil }
        let skipped = file.records - page.records
        return try await StagedFiles.read { () throws(StagingError) in try earliest(file, skipping: skipped) }
    }

    private static func earliest(_ file: PartFile, skipping count: Int) throws(StagingError) -> Double? {
        let reader = try NDJSONReader(file)
        let parser = JSONParser()
        var earliest: Double?
        var line = 0
        while let text = try reader.next() {
            line += 1
            guard line > count, let moment = (try? parser.parse(text))?["created_at"]?.string.flatMap(Moment.seconds)
            else { continue }
            earliest = min(earliest ?? moment, moment)
        }
        return earliest
    }
}
