internal import Bytes
internal import Gzip
internal import JSON

/// The open files of a raw layer and what is committed in them.
final class RawLayerState {
    private let folder: EntityFolder
    private let mask: LayerMask?
    private(set) var directory: String
    private(set) var manifest: RawManifest
    private var journal: JournalWriter
    private var open: [StreamKey: OpenPart] = [:]
    private var sequence: Sequence
    private let deflater = Deflater()
    private var member = ByteBuffer(capacity: 1 << 18)
    private var lastPart: Int
    /// Another user than the one before, who is written down with the first page that this one fetches.
    private var nextAccount: Account?

    private struct OpenPart {
        let name: String
        let file: AppendFile
        var crc: UInt32 = 0
        var records = 0
        /// Committed ones.
        var bytes = 0
    }

    init(_ folder: EntityFolder, force: Bool, mask: LayerMask?, account: Account?) throws(StagingError) {
        self.folder = folder
        self.mask = mask
        sequence = Sequence(folder.connection)
        let found: (manifest: RawManifest, bytes: Int)?
        var next = try RawManifest.load(directory: folder.nextRaw)
        if force, let begun = next, !begun.manifest.hasMask(mask) {
            try Files.remove(folder.nextRaw)
            next = nil
        }
        if let next {
            // An unfinished forced generation comes first: the same command again continues it.
            directory = folder.nextRaw
            found = next
        } else {
            let current = try RawManifest.load(directory: folder.raw)
            // A new generation takes the place of the one that is there: it must be the same account's.
            if let account, let owner = current?.manifest.account { try Self.check(account, owner, folder.raw) }
            if force, let current, current.manifest.completion != nil || !current.manifest.hasMask(mask) {
                directory = folder.nextRaw
                try Files.remove(directory)
                found = nil
            } else {
                directory = folder.raw
                found = current
            }
        }
        try Files.createFolder(directory)
        let path = directory + "/" + EntityFolder.manifestName
        if let found {
            manifest = found.manifest
            guard manifest.header.entity == folder.entity, manifest.header.phase == folder.phase else {
                throw StagingError(
                    .corrupt,
                    "\(path): belongs to \(manifest.header.phase)/\(manifest.header.entity); move the folder back")
            }
            journal = try JournalWriter(path, keep: found.bytes)
        } else {
            // Also after an extract whose manifest was lost: what was transformed from it must not look current.
            let transformed = try? ResultManifest.read(folder)?.header.rawGeneration
            let previous = max(
                try RawManifest.load(directory: folder.raw)?.manifest.header.generation ?? 0, transformed ?? 0)
            let header = RawHeader(
                connection: folder.connection.connection, phase: folder.phase, entity: folder.entity,
                generation: previous + 1, createdAt: UTC.now(), account: account)
            manifest = RawManifest(header: header)
            journal = try JournalWriter(path, keep: nil)
            try journal.append { header.write(to: &$0) }
        }
        lastPart = manifest.parts.compactMap { Int($0.name) }.max() ?? 0
        if let account { try pin(account) }
        try dropUncommitted()
        if directory == folder.nextRaw, manifest.completion != nil { try putInPlace() }
    }

    /// Makes sure that the layer is of this account, and writes it into a layer of an earlier version.
    private func pin(_ account: Account) throws(StagingError) {
        if let known = manifest.account {
            try Self.check(account, known, directory)
            if account.relation(to: known) == .otherUser, account.userID.map(manifest.users.contains) != true {
                nextAccount = account
            }
            return
        }
        try note(account, isSole: false)
    }

    private static func check(_ account: Account, _ owner: Account, _ directory: String) throws(StagingError) {
        guard !account.isSameAccount(as: owner) else { return }
        throw StagingError(
            .otherAccount,
            "\(directory): holds records of \(owner.firm), not of \(account.firm); use another --connection")
    }

    /// Writes down as whom the layer is fetched.
    /// - Parameter isSole: from here on it is what this user sees.
    func note(_ account: Account, isSole: Bool) throws(StagingError) {
        try journal.append { account.writeNote(isSole: isSole, to: &$0) }
        manifest.note(account, isSole: isSole)
        nextAccount = nil
    }

    /// Whether it lies beside the layer in place.
    var isNextGeneration: Bool { directory == folder.nextRaw }

    /// Cuts off what was written but never committed, and seals what was left open.
    private func dropUncommitted() throws(StagingError) {
        for path in try manifest.uncommittedParts(in: directory) { try Files.remove(path) }
        for part in manifest.parts where !part.sealed {
            let path = "\(directory)/\(part.name).ndjson.gz"
            guard let size = try Files.size(path), size >= part.bytes else {
                throw StagingError(
                    .corrupt,
                    "\(path): is shorter than its manifest says; \(StagingAdvice.again(path))")
            }
            let file = try AppendFile(path)
            try file.cut(to: part.bytes)
            let content = try Files.read(path) ?? []
            try writeSeal(
                part.name, crc: content.withUnsafeBytes { crc32($0) }, records: part.records, bytes: part.bytes)
        }
    }

    /// Says in the manifest what is masked, before the first page; a layer that was begun otherwise takes no more pages.
    private func recordMask() throws(StagingError) {
        guard !manifest.hasMask(mask) else { return }
        guard manifest.pages.isEmpty, let mask else {
            throw StagingError(
                .corrupt,
                "\(directory): was begun with other masks, or another mask key, than the pipeline file has now; run "
                    + "`cliosync extract --phase \(folder.phase) --entity \(folder.entity) --force`")
        }
        try record(mask.event)
    }

    func commit(_ page: RawPage) throws(StagingError) {
        try recordMask()
        if let account = nextAccount { try note(account, isSole: false) }
        // A refresh that finds nothing leaves no file.
        if page.records == 0, open[page.stream] == nil, !manifest.parts.isEmpty {
            let entry = RawPageEntry(
                page: (manifest.streams[page.stream]?.pages ?? 0) + 1, stream: page.stream, part: "", offset: 0,
                bytes: 0,
                crc: 0, records: 0, sequence: try sequence.take(1), request: page.request, next: page.next,
                reportedTotal: page.reportedTotal, receivedAt: page.receivedAt, serverTime: page.serverTime,
                ids: page.ids)
            try journal.append { entry.write(to: &$0) }
            return manifest.add(entry)
        }
        try compress(page.isMasked ? page.lines : mask?.apply(page.lines) ?? page.lines)
        var part: OpenPart
        if let opened = open[page.stream] { part = opened } else { part = try newPart() }
        let offset = part.file.size
        try part.file.append(member.bytes)
        try part.file.synchronize()
        let entry = RawPageEntry(
            page: (manifest.streams[page.stream]?.pages ?? 0) + 1, stream: page.stream, part: part.name, offset: offset,
            bytes: member.count, crc: crc32(member.bytes), records: page.records,
            sequence: try sequence.take(max(1, page.records)), request: page.request, next: page.next,
            reportedTotal: page.reportedTotal, receivedAt: page.receivedAt, serverTime: page.serverTime, ids: page.ids)
        try journal.append { entry.write(to: &$0) }
        manifest.add(entry)
        part.crc = crc32(member.bytes, seed: part.crc)
        part.bytes = part.file.size
        part.records += page.records
        open[page.stream] = part
        if page.next == nil || part.records >= RawManifest.recordsPerPart { try seal(page.stream) }
    }

    /// Makes one gzip member of a page's lines.
    private func compress(_ lines: [UInt8]) throws(StagingError) {
        member.removeAll()
        do throws(GzipError) {
            // A closure's typed throw does not survive withUnsafeBytes.
            let failure = lines.withUnsafeBytes { bytes in
                do throws(GzipError) {
                    try deflater.compress(bytes, to: &member)
                    return GzipError?.none
                } catch {
                    return error
                }
            }
            if let failure { throw failure }
        } catch {
            throw StagingError(.io, "\(directory): \(error.description)")
        }
    }

    func record(_ event: ListEvent) throws(StagingError) {
        guard !manifest.events.contains(event) else { return }
        try journal.append { event.write(to: &$0) }
        manifest.events.append(event)
    }

    /// Writes down ids that are gone from Clio, or from what this user sees.
    func delete(_ ids: [String], areHidden: Bool) throws(StagingError) {
        for begin in stride(from: 0, to: ids.count, by: 1000) {
            let deletion = RawDeletion(
                ids: Array(ids[begin..<min(begin + 1000, ids.count)]), sequence: try sequence.take(1), at: UTC.now(),
                areHidden: areHidden)
            try journal.append { deletion.write(to: &$0) }
            manifest.deletions.append(deletion)
            manifest.held = nil
        }
    }

    /// Writes down ids that the list no longer shows although Clio has them.
    func leave(_ ids: [String]) throws(StagingError) {
        for begin in stride(from: 0, to: ids.count, by: 1000) {
            let departure = RawDeparture(
                ids: Array(ids[begin..<min(begin + 1000, ids.count)]), sequence: try sequence.take(1), at: UTC.now())
            try journal.append { departure.write(to: &$0) }
            manifest.departures.append(departure)
            manifest.held = nil
        }
    }

    /// Writes down how many records without a usable id the whole list has.
    func countUnnamed(_ records: Int) throws(StagingError) {
        let unnamed = RawUnnamed(records: records, sequence: try sequence.take(1), at: UTC.now())
        try journal.append { unnamed.write(to: &$0) }
        manifest.unnamed = unnamed
        manifest.held = nil
    }

    func endStream(_ stream: StreamKey) throws(StagingError) {
        guard manifest.streams[stream]?.finished != true else { return }
        try seal(stream)
        try journal.append { $0.member("end", stream.name) }
        manifest.end(stream)
    }

    func sealAll() throws(StagingError) {
        for stream in open.keys.sorted(by: { $0.name < $1.name }) { try seal(stream) }
    }

    func complete(
        expected: Int?, held: Int?, status: CompletionStatus, message: String?, asOf: String?
    ) throws(StagingError) {
        try sealAll()
        let now = UTC.now()
        let completion = Completion(
            status: status, expected: expected, records: manifest.records, held: held, message: message, at: now,
            asOf: asOf ?? now)
        try journal.append { completion.write(to: &$0) }
        manifest.completion = completion
        if directory == folder.nextRaw { try putInPlace() }
    }

    /// Where the sealed parts are.
    var sealedFiles: [PartFile] {
        manifest.parts.filter(\.sealed).map {
            PartFile(path: "\(directory)/\($0.name).ndjson.gz", bytes: $0.bytes, crc: $0.crc, records: $0.records)
        }
    }

    private func putInPlace() throws(StagingError) {
        try Files.replace(folder.raw, by: folder.nextRaw)
        directory = folder.raw
    }

    private func newPart() throws(StagingError) -> OpenPart {
        lastPart += 1
        let name = RawPart.name(lastPart)
        return OpenPart(name: name, file: try AppendFile("\(directory)/\(name).ndjson.gz", truncate: true))
    }

    private func seal(_ stream: StreamKey) throws(StagingError) {
        guard let part = open.removeValue(forKey: stream) else { return }
        // A page that was written when its line in the journal could not be does not count.
        try part.file.cut(to: part.bytes)
        if part.records == 0 && part.file.size == 0 { return try Files.remove(part.file.path) }
        try writeSeal(part.name, crc: part.crc, records: part.records, bytes: part.file.size)
    }

    private func writeSeal(_ part: String, crc: UInt32, records: Int, bytes: Int) throws(StagingError) {
        try journal.append { RawPart.writeSeal(part, crc: crc, records: records, bytes: bytes, to: &$0) }
        manifest.seal(part, crc: crc)
    }
}
