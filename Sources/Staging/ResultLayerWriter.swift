internal import JSON

/// Writes the clean and flagged layers of one entity, part by part. Not Sendable: one thread at a time.
///
/// Results of new raw parts are appended to the generation in place. When that is out of date or damaged, a new generation
/// is built out of sight, and `finish` switches both layers at once.
public final class ResultLayerWriter {
    private let folder: EntityFolder
    private let directory: String
    private let isNew: Bool
    private var journal: JournalWriter
    /// What is done so far in the generation that is worked on.
    public private(set) var manifest: ResultManifest

    /// Opens the generation to work on; a killed transform's is taken up again.
    /// - Parameters:
    ///   - raw: what the results are made from.
    ///   - rebuild: build a new generation even when nothing changed.
    ///   - compacted: the generation whose compaction this is; what a killed one left is not taken up.
    public init(
        _ folder: EntityFolder, for raw: RawManifest, fingerprint: String, rebuild: Bool,
        compacted: CompactedGeneration? = nil
    ) throws(StagingError) {
        self.folder = folder
        let fits = { (manifest: ResultManifest) throws(StagingError) in
            try manifest.staleness(raw, fingerprint: fingerprint)?.needsRebuild != true
        }
        // Also after a generation whose manifest was lost: what was loaded from it must not look like this one.
        let generation = try folder.latestGeneration() + 1
        if let current = try ResultManifest.read(folder), try fits(current), !rebuild,
            let target = try Files.linkTarget(folder.currentGeneration)
        {
            directory = "\(folder.generations)/\(target)"
            isNew = false
        } else {
            directory = folder.generation(generation) + ".building"
            isNew = true
        }
        let clean = "\(directory)/clean/\(folder.entity)"
        let flagged = "\(directory)/flagged/\(folder.entity)"
        let path = clean + "/" + EntityFolder.manifestName
        if compacted == nil, let found = try? ResultManifest.load(directory: directory, entity: folder.entity),
            try fits(found.manifest)
        {
            manifest = found.manifest
            journal = try JournalWriter(path, keep: found.bytes)
            return
        }
        try Files.remove(directory)
        try Files.createFolder(clean)
        try Files.createFolder(flagged)
        // Before the header, which says that the folders are whole.
        try Files.link(
            flagged + "/" + EntityFolder.manifestName,
            to: "../../clean/\(folder.entity)/\(EntityFolder.manifestName)")
        let header = ResultHeader(
            fingerprint: fingerprint, rawGeneration: raw.header.generation, generation: generation,
            account: raw.account, compacted: compacted)
        manifest = ResultManifest(header: header)
        journal = try JournalWriter(path, keep: nil)
        try journal.append {
            $0.member("format", Journal.format)
            $0.member("layer", "clean")
            $0.member("connection", folder.connection.connection)
            $0.member("phase", folder.phase)
            $0.member("entity", folder.entity)
            $0.member("generation", header.generation)
            $0.member("fingerprint", header.fingerprint)
            $0.member("raw_generation", header.rawGeneration)
            $0.member("created_at", UTC.now())
            if let account = header.account {
                $0.key("account")
                account.write(to: &$0)
            }
            compacted?.write(to: &$0)
        }
    }

    /// Whether this raw part is done already.
    public func isDone(_ part: RawPart) -> Bool {
        manifest.parts.contains { $0.part == part.name && $0.rawCRC == part.crc }
    }

    /// Where the clean part of a raw part goes.
    public func cleanPath(_ part: String) -> String { "\(directory)/clean/\(folder.entity)/\(part).ndjson.gz" }

    /// Where the flagged part of a raw part goes.
    public func flaggedPath(_ part: String) -> String { "\(directory)/flagged/\(folder.entity)/\(part).ndjson.gz" }

    /// Makes the results of one raw part count. Its files must be in place and durable.
    public func commit(_ part: ResultPart) throws(StagingError) {
        try journal.append { line in
            line.member("part", part.part)
            line.member("raw_crc", crc: part.rawCRC)
            line.member("records", part.records)
            line.member("accepted", part.accepted)
            line.member("rejected", part.rejected)
            line.member("warned", part.warned)
            for (layer, file) in [("clean", part.clean), ("flagged", part.flagged)] {
                line.key(layer)
                guard let file else {
                    line.null()
                    continue
                }
                line.beginObject()
                line.member("bytes", file.bytes)
                line.member("crc", crc: file.crc)
                line.member("records", file.records)
                line.endObject()
            }
            line.member("pages", part.pages)
            line.key("rejected_lines")
            line.beginArray()
            for number in part.rejectedLines { line.integer(number) }
            line.endArray()
            line.key("rules")
            line.beginObject()
            for (rule, count) in part.rules.sorted(by: { $0.key < $1.key }) { line.member(rule, count) }
            line.endObject()
            guard part.review != ReviewCounts() else { return }
            line.key("reviewed")
            line.beginObject()
            line.member("accepted", part.review.accepted)
            line.member("rejected", part.review.rejected)
            line.endObject()
        }
        manifest.parts.append(part)
    }

    /// Puts a new generation in place and drops the one before; does nothing for one that is in place.
    public func finish() throws(StagingError) {
        if isNew {
            let final = folder.generation(manifest.header.generation)
            try Files.remove(final)
            try Files.rename(directory, to: final)
            let name = String(final.dropFirst(folder.generations.count + 1))
            let old = try Files.linkTarget(folder.currentGeneration)
            try Files.link(folder.currentGeneration, to: name)
            if let old, old != name { try Files.remove("\(folder.generations)/\(old)") }
        }
        for (layer, path) in [("clean", folder.clean), ("flagged", folder.flagged)] {
            try Files.createFolder(Files.parent(of: path))
            try Files.link(path, to: "../.generations/\(folder.entity)/\(layer)/\(folder.entity)")
        }
        // Leftovers of builds that another fingerprint made void.
        for name in try Files.names(in: folder.generations) where name.hasSuffix(".building") {
            if name.hasPrefix(folder.entity + "-"),
                name.dropFirst(folder.entity.count + 1).allSatisfy({ $0.isNumber || ".building".contains($0) })
            {
                try Files.remove("\(folder.generations)/\(name)")
            }
        }
    }
}
