extension ResultManifest {
    /// Why clean and flagged layers are not those of the raw layer, the pipeline file and the decisions as they are now.
    public enum Staleness: Sendable, Equatable {
        /// They were made from an earlier extract.
        case extract
        /// They were made by an earlier pipeline file, or before a decision of a review.
        case pipeline
        /// Their manifest is of another generation than their folder.
        case manifest
        /// The raw layer has other records under this part's name.
        case part(String)
        /// This file is missing, or shorter than the manifest says.
        case file(String)
        /// They are right, and these records of sealed raw parts are not transformed yet.
        case unfinished(records: Int)

        /// Whether all of it must be made again, in a new generation; what is only unfinished is appended to.
        public var needsRebuild: Bool {
            if case .unfinished = self { false } else { true }
        }

        /// For people, after "what is transformed": what is wrong with it.
        public var text: String {
            switch self {
            case .extract: "is by an earlier extract"
            case .pipeline: "is by an earlier pipeline file, or before a decision of a review"
            case .manifest: "has the manifest of another generation"
            case .part(let name): "is of other records than the extract has in part \(name)"
            case .file(let path): "lacks data: \(path) is missing or cut off"
            case .unfinished(let records): "lacks \(records) records of the extract"
            }
        }
    }

    /// What is out of date; nil when nothing is. The one place that decides whether results are up to date: looks at the
    /// manifests, and at the sizes of the files alone.
    /// - Parameter fingerprint: of the transform that is wanted; nil: any.
    public func staleness(
        _ raw: RawManifest, fingerprint: String? = nil
    ) throws(StagingError) -> Staleness? {
        guard header.rawGeneration == raw.header.generation else { return .extract }
        if let fingerprint, header.fingerprint != fingerprint { return .pipeline }
        if let folderGeneration, folderGeneration != header.generation { return .manifest }
        let rawParts = Dictionary(raw.parts.map { ($0.name, $0) }) { first, _ in first }
        let spans = raw.spans
        var done: Set<String> = []
        for part in parts {
            guard done.insert(part.part).inserted, let source = rawParts[part.part], source.sealed,
                source.crc == part.rawCRC, source.records == part.records, spans[part.part] ?? [] == part.pages
            else { return .part(part.part) }
        }
        if let file = try damagedFile() { return .file(file.shownPath) }
        let missing = raw.parts.filter { $0.sealed && $0.records > 0 && !done.contains($0.name) }
        return missing.isEmpty ? nil : .unfinished(records: missing.reduce(0) { $0 + $1.records })
    }

    /// Whether the results hold every record of a raw layer, and are up to date.
    /// - Parameter fingerprint: of the transform that is wanted; nil: any.
    public func isCurrent(_ raw: RawManifest, fingerprint: String? = nil) throws(StagingError) -> Bool {
        guard raw.parts.allSatisfy(\.sealed) else { return false }
        return try staleness(raw, fingerprint: fingerprint) == nil
    }

    private func damagedFile() throws(StagingError) -> PartFile? {
        for part in parts {
            if let file = try part.damagedFile() { return file }
        }
        return nil
    }
}

extension ResultPart {
    /// Its clean and its flagged file, where there are records for them.
    public var files: [PartFile] { [clean, flagged].compactMap(\.self) }

    /// One of its files that is missing or shorter than was committed; nil when both are whole.
    public func damagedFile() throws(StagingError) -> PartFile? {
        for file in files where try !file.isWhole { return file }
        return nil
    }
}
