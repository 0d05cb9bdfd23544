internal import JSON
internal import Staging

/// The newest version of each record of a layer, as a digest, so that what did not change is not stored or fetched again.
struct HeldVersions: Sendable {
    /// What of a record is compared.
    enum Aspect: Sendable {
        /// The whole line.
        case line
        /// Clio's mark of a version.
        case etag
    }

    private struct Version {
        var sequence: Int64
        /// Nil: the record has none, and is different from every other.
        var digest: Int?
    }

    private let aspect: Aspect
    private var numbers: [Int64: Version] = [:]
    private var texts: [String: Version] = [:]
    /// Digests of records without a usable id, each of its whole line.
    private var nameless: Set<Int> = []

    private init(_ aspect: Aspect) { self.aspect = aspect }

    /// - Parameters:
    ///   - files: of the manifest's parts, in their order.
    ///   - since: leaves out parts of which all pages were received before this moment of Clio's clock.
    static func read(
        _ files: [PartFile], alive manifest: RawManifest, of aspect: Aspect, receivedSince since: Double? = nil
    ) async throws(StagingError) -> HeldVersions {
        var parts: [(file: PartFile, pages: [RawPageEntry])] = []
        for (part, file) in zip(manifest.parts, files) where file.records > 0 {
            let pages = manifest.pages(of: part.name)
            let isRecent = pages.contains { page in
                guard let since, let date = page.serverTime else { return true }
                return date >= since
            }
            if isRecent { parts.append((file, pages)) }
        }
        let ended = manifest.ended
        return try await StagedFiles.read { [parts] () throws(StagingError) in
            var versions = HeldVersions(aspect)
            for (file, pages) in parts { try versions.add(file, pages) }
            for (id, sequence) in ended { versions.remove(id, before: sequence) }
            return versions
        }
    }

    private mutating func add(_ file: PartFile, _ pages: [RawPageEntry]) throws(StagingError) {
        let parser = JSONParser()
        try StagedFiles.forEachLine([(file, pages)]) { line, sequence in
            guard let record = try? parser.parse(line) else { return }
            guard let id = record["id"], Self.isUsable(id) else {
                if let digest = digest(record, line) { nameless.insert(digest) }
                return
            }
            note(id, Version(sequence: sequence, digest: digest(record, line)))
        }
    }

    private mutating func note(_ id: JSONValue, _ version: Version) {
        if let number = Self.number(id) {
            if let known = numbers[number], known.sequence > version.sequence { return }
            numbers[number] = version
        } else if let text = id.string {
            if let known = texts[text], known.sequence > version.sequence { return }
            texts[text] = version
        }
    }

    private mutating func remove(_ id: String, before sequence: Int64) {
        if let number = Int64(id), String(number) == id {
            if let known = numbers[number], known.sequence < sequence { numbers[number] = nil }
        } else if let known = texts[id], known.sequence < sequence {
            texts[id] = nil
        }
    }

    /// The number of an id, be it in quotes.
    private static func number(_ id: JSONValue) -> Int64? {
        if let number = id.int64 { return number }
        guard let text = id.string, let number = Int64(text), String(number) == text else { return nil }
        return number
    }

    private static func isUsable(_ id: JSONValue) -> Bool { number(id) != nil || id.string != nil }

    private func digest(_ record: JSONValue, _ line: UnsafeRawBufferPointer) -> Int? {
        var hasher = Hasher()
        switch aspect {
        case .line: hasher.combine(bytes: line)
        case .etag:
            guard let etag = record["etag"]?.string else { return nil }
            hasher.combine(etag)
        }
        return hasher.finalize()
    }

    /// Whether a record is held in this very version.
    func holds(_ record: JSONValue, _ line: UnsafeRawBufferPointer) -> Bool {
        guard let digest = digest(record, line) else { return false }
        guard let id = record["id"], Self.isUsable(id) else { return nameless.contains(digest) }
        let held = Self.number(id).map { numbers[$0] } ?? id.string.flatMap { texts[$0] }
        return held?.digest == digest
    }

    /// Takes the lines out that are held.
    /// - Parameters:
    ///   - lines: each ended by a line feed.
    ///   - stored: the same lines as they would be stored; nil: as they are.
    /// - Returns: how many are left.
    func removeHeld(from lines: inout [UInt8], stored: [UInt8]? = nil) -> Int {
        let parser = JSONParser()
        let texts = lines.split(separator: UInt8(ascii: "\n"))
        let compared = stored?.split(separator: UInt8(ascii: "\n")) ?? texts
        guard texts.count == compared.count else { return texts.count }
        var left: [UInt8] = []
        var kept = 0
        for (text, stored) in zip(texts, compared) {
            let isHeld = Array(stored).withUnsafeBytes { line in
                (try? parser.parse(copying: line)).map { holds($0, line) } ?? false
            }
            if isHeld { continue }
            left += text
            left.append(UInt8(ascii: "\n"))
            kept += 1
        }
        if kept < texts.count { lines = left }
        return kept
    }
}
