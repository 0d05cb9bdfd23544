internal import JSON

extension ResultManifest {
    static func load(directory: String, entity: String) throws(StagingError) -> (manifest: ResultManifest, bytes: Int)?
    {
        var manifest: ResultManifest?
        let path = "\(directory)/clean/\(entity)/\(EntityFolder.manifestName)"
        let bytes = try Journal.forEachLine(path) { (line) throws(StagingError) in
            if manifest == nil {
                try line.checkHeader(layer: "clean")
                manifest = ResultManifest(
                    header: ResultHeader(
                        fingerprint: try line.text("fingerprint"), rawGeneration: try line.number("raw_generation"),
                        generation: try line.number("generation"), account: line.account,
                        compacted: try CompactedGeneration(line)))
            } else {
                manifest?.parts.append(try ResultPart(line, directory: directory, entity: entity))
            }
        }
        guard let manifest, let bytes else { return nil }
        return (manifest, bytes)
    }
}

extension ResultPart {
    init(_ line: JournalLine, directory: String, entity: String) throws(StagingError) {
        let name = try line.text("part")
        func file(_ layer: String) throws(StagingError) -> PartFile? {
            guard let value = line.value[layer], value.kind == .object else { return nil }
            let inner = JournalLine(path: line.path, number: line.number, value: value)
            return PartFile(
                path: "\(directory)/\(layer)/\(entity)/\(name).ndjson.gz", bytes: try inner.number("bytes"),
                crc: try inner.crc("crc"), records: try inner.number("records"))
        }
        let pages = line.spans("pages")
        var rejectedLines: [Int] = []
        line.value["rejected_lines"]?.forEachElement { rejectedLines.append(Int(JournalLine.count($0) ?? 0)) }
        var rules: [String: Int] = [:]
        line.value["rules"]?.forEachMember { key, count in
            rules[String(decoding: key, as: UTF8.self)] = Int(JournalLine.count(count) ?? 0)
        }
        var review = ReviewCounts()
        if let reviewed = line.value["reviewed"] {
            review.accepted = Int(reviewed["accepted"].flatMap(JournalLine.count) ?? 0)
            review.rejected = Int(reviewed["rejected"].flatMap(JournalLine.count) ?? 0)
        }
        self.init(
            part: name, rawCRC: try line.crc("raw_crc"), records: try line.number("records"),
            accepted: try line.number("accepted"), rejected: try line.number("rejected"),
            warned: try line.number("warned"), clean: try file("clean"), flagged: try file("flagged"), pages: pages,
            rejectedLines: rejectedLines, rules: rules, review: review)
    }
}
