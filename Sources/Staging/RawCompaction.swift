internal import Bytes
internal import Gzip

/// A raw layer written anew without some of its lines: parts beside those in use, and a manifest that one rename puts in place.
///
/// Every record keeps its number, so that a database that holds it has nothing to change. What the streams were is kept in
/// lines of their own, as are the events and deletions: the next refresh asks as if nothing had happened.
public struct RawCompaction: Sendable {
    /// What will be in place.
    public let manifest: RawManifest
    private let folder: EntityFolder

    /// Writes the parts and the manifest, all of it durable and none of it in use yet. The caller holds the lock on the raw
    /// layer, whose extract is complete.
    /// - Parameters:
    ///   - dropped: the numbers of lines that are left out, ascending.
    ///   - stop: asks for an end between two pages.
    /// - Returns: nil after a stop.
    public static func write(
        _ folder: EntityFolder, _ source: RawManifest, dropping dropped: [Int64], stop: StopSignal
    ) throws(StagingError) -> RawCompaction? {
        try removeLeftovers(folder, source)
        let writer = try RawCompactionWriter(folder, source)
        var readers: [String: NDJSONReader] = [:]
        var lastPages: [String: Int] = [:]
        for (index, page) in source.pages.enumerated() { lastPages[page.part] = index }
        let parts = Dictionary(source.parts.map { ($0.name, $0) }) { first, _ in first }
        var next = 0
        // In the order of their commits, so that numbers ascend; several parts are open where streams ran side by side.
        for (index, page) in source.pages.enumerated() {
            if stop.isRequested {
                try removeLeftovers(folder, source)
                return nil
            }
            guard page.records > 0, let part = parts[page.part] else { continue }
            let file = source.file(part, in: folder)
            let reader: NDJSONReader
            if let opened = readers[page.part] { reader = opened } else { reader = try NDJSONReader(file) }
            readers[page.part] = lastPages[page.part] == index ? nil : reader
            for span in page.spans {
                for sequence in span.sequence..<span.end {
                    guard let line = try reader.next() else {
                        throw StagingError(
                            .corrupt,
                            "\(file.path): has fewer lines than its manifest says; \(StagingAdvice.again(file.path))")
                    }
                    while next < dropped.count, dropped[next] < sequence { next += 1 }
                    if next < dropped.count, dropped[next] == sequence { continue }
                    try writer.add(line, sequence, of: page)
                }
            }
        }
        return RawCompaction(manifest: try writer.finish(), folder: folder)
    }

    private static func temporary(_ folder: EntityFolder) -> String { folder.rawManifest + ".tmp" }

    /// Puts it in place in one step. A kill afterwards leaves the parts of before, which the next command removes.
    public func putInPlace() throws(StagingError) {
        try Files.rename(Self.temporary(folder), to: folder.rawManifest)
    }

    /// Removes what the layer no longer uses.
    public func removeFormerParts() throws(StagingError) { try Self.removeLeftovers(folder, manifest) }

    /// Removes what a killed compaction left. The caller holds the lock on the raw layer, whose extract is complete.
    public static func removeLeftovers(_ folder: EntityFolder, _ manifest: RawManifest) throws(StagingError) {
        try Files.remove(temporary(folder))
        for path in try manifest.uncommittedParts(in: folder.raw) { try Files.remove(path) }
    }

    fileprivate static func journal(_ folder: EntityFolder) throws(StagingError) -> JournalWriter {
        try JournalWriter(temporary(folder), keep: nil)
    }
}

/// Writes the pages of a compaction. Not Sendable: one thread at a time.
private final class RawCompactionWriter {
    private let folder: EntityFolder
    private let source: RawManifest
    private let journal: JournalWriter
    private var manifest: RawManifest
    private let deflater = Deflater()
    private var member = ByteBuffer()
    /// Lines of the page that is being filled.
    private var lines = ByteBuffer()
    private var spans: [PageSpan] = []
    private var records = 0
    private var ids: ClosedRange<Int64>?
    private var hasIDs = true
    /// The page that the latest line came in.
    private var origin: RawPageEntry?
    private var file: AppendFile?
    private var part = ""
    private var partRecords = 0
    private var partCRC: UInt32 = 0
    private var lastPart: Int

    /// A page has about as many records at most as several of Clio's.
    private static let recordsPerPage = 1000

    init(_ folder: EntityFolder, _ source: RawManifest) throws(StagingError) {
        self.folder = folder
        self.source = source
        lastPart = source.parts.compactMap { Int($0.name) }.max() ?? 0
        let header = RawHeader(
            connection: source.header.connection, phase: source.header.phase, entity: source.header.entity,
            generation: source.header.generation + 1, createdAt: UTC.now(), account: source.account)
        manifest = RawManifest(header: header)
        journal = try RawCompaction.journal(folder)
        try journal.add { header.write(to: &$0) }
        try writeUsers()
        for (key, stream) in source.streams.sorted(by: { $0.value.place < $1.value.place }) {
            try journal.add { stream.write(key, to: &$0) }
            manifest.streams[key] = stream
        }
        for event in source.events { try journal.add { event.write(to: &$0) } }
        manifest.events = source.events
    }

    /// The latest one stands in the header; of those before, the layer knows the ids.
    private func writeUsers() throws(StagingError) {
        guard let account = source.account else { return }
        let others = source.users.filter { $0 != account.userID }.sorted()
        guard !others.isEmpty else { return }
        for user in others {
            var other = account
            (other.userID, other.userName, other.credential) = (user, nil, nil)
            try journal.add { other.writeNote(isSole: false, to: &$0) }
            manifest.note(other, isSole: false)
        }
        try journal.add { account.writeNote(isSole: false, to: &$0) }
        manifest.note(account, isSole: false)
    }

    func add(_ line: UnsafeRawBufferPointer, _ sequence: Int64, of page: RawPageEntry) throws(StagingError) {
        if let last = spans.last, last.end == sequence {
            spans[spans.count - 1] = PageSpan(records: last.records + 1, sequence: last.sequence)
        } else {
            spans.append(PageSpan(records: 1, sequence: sequence))
        }
        lines.append(line)
        lines.append(UInt8(ascii: "\n"))
        records += 1
        if origin?.sequence != page.sequence {
            origin = page
            if let more = page.ids {
                ids =
                    ids.map {
                        min($0.lowerBound, more.lowerBound)...max($0.upperBound, more.upperBound)
                    } ?? more
            } else {
                hasIDs = false
            }
        }
        let isFull = records >= Self.recordsPerPage || lines.count >= NDJSONWriter.member
        if isFull || partRecords + records >= RawManifest.recordsPerPart { try writePage() }
    }

    private func writePage() throws(StagingError) {
        guard records > 0, let origin else { return }
        let file: AppendFile
        if let opened = self.file {
            file = opened
        } else {
            lastPart += 1
            part = RawPart.name(lastPart)
            file = try AppendFile("\(folder.raw)/\(part).ndjson.gz", truncate: true)
            self.file = file
            (partRecords, partCRC) = (0, 0)
        }
        member.removeAll()
        do { try deflater.compress(lines.bytes, to: &member) } catch {
            throw StagingError(.io, "\(file.path): \(error.description)")
        }
        // The first one says when the list was begun.
        let dates = manifest.pages.isEmpty ? source.pages.first ?? origin : origin
        let entry = RawPageEntry(
            page: manifest.pages.count + 1, stream: .compacted, part: part, offset: file.size, bytes: member.count,
            crc: crc32(member.bytes), records: records, sequence: spans[0].sequence,
            gaps: spans.count > 1 ? spans : [], request: "compaction", next: nil, reportedTotal: nil,
            receivedAt: dates.receivedAt, serverTime: dates.serverTime, ids: hasIDs ? ids : nil)
        try file.append(member.bytes)
        partCRC = crc32(member.bytes, seed: partCRC)
        try journal.add { entry.write(to: &$0) }
        manifest.add(entry)
        partRecords += records
        lines.removeAll()
        spans.removeAll(keepingCapacity: true)
        (records, ids, hasIDs, self.origin) = (0, nil, true, nil)
        if partRecords >= RawManifest.recordsPerPart { try seal() }
    }

    private func seal() throws(StagingError) {
        guard let file else { return }
        try file.synchronize()
        try journal.add { RawPart.writeSeal(part, crc: partCRC, records: partRecords, bytes: file.size, to: &$0) }
        manifest.seal(part, crc: partCRC)
        self.file = nil
        partRecords = 0
    }

    /// Ends the last part and the manifest; both are durable.
    func finish() throws(StagingError) -> RawManifest {
        try writePage()
        try seal()
        for deletion in latestDeletions() {
            try journal.add { deletion.write(to: &$0) }
            manifest.deletions.append(deletion)
        }
        for departure in source.departures { try journal.add { departure.write(to: &$0) } }
        manifest.departures = source.departures
        if let unnamed = source.unnamed {
            try journal.add { unnamed.write(to: &$0) }
            manifest.unnamed = unnamed
        }
        if let before = source.completion {
            let completion = Completion(
                status: before.status, expected: before.expected, records: manifest.records, held: source.held,
                message: before.message, at: before.at, asOf: before.asOf)
            try journal.add { completion.write(to: &$0) }
            manifest.completion = completion
        }
        try journal.synchronize()
        return manifest
    }

    /// Of each id the latest: another list of the same table may hold a version from before it.
    private func latestDeletions() -> [RawDeletion] {
        var latest: [String: Int64] = [:]
        for deletion in source.deletions { for id in deletion.ids { latest[id] = deletion.sequence } }
        return source.deletions.compactMap { deletion in
            let ids = deletion.ids.filter { latest[$0] == deletion.sequence }
            return ids.isEmpty
                ? nil
                : RawDeletion(
                    ids: ids, sequence: deletion.sequence, at: deletion.at, areHidden: deletion.areHidden)
        }
    }
}
