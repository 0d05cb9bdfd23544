internal import Account
internal import Bytes
internal import Extract
internal import JSON
internal import Jobs
public import Pipelines
public import Staging
internal import Transform

/// Imports a file of Clio records that was exported elsewhere into a raw layer, so that transform and load run on it.
public struct StagedImport: Sendable {
    private let folder: ConnectionFolder
    private let maskKey: String?
    private static let recordsPerPage = 1000
    private static let bytesPerPage = 8 << 20

    /// Makes one from its values.
    /// - Parameters:
    ///   - maskKey: the key of masks; nil: that in the firm's folder.
    ///   - numbers: where the numbers of the records come from.
    public init(
        staging: String, connection: String, maskKey: String? = nil, numbers: ConnectionFolder.NumberSource = .own
    ) throws(StagingError) {
        self.maskKey = maskKey
        var folder = try ConnectionFolder(staging: staging, connection: connection)
        folder.numbers = numbers
        self.folder = folder
    }

    /// Imports records, plain or gzip: one a line, lists, pages of Clio's, records over several lines, or CSV with a header of the
    /// entity's column names; `-` reads standard input.
    ///
    /// Lines that are no JSON are taken as they are: transform flags them, and nothing is lost. An import that was
    /// killed continues after the last committed record with the same call.
    /// - Parameters:
    ///   - force: begin a new raw generation when the entity is extracted or imported already.
    ///   - entities: other kinds, to tell their records from this one's.
    ///   - command: what a person typed, without the file, for advice; nil: the command with this connection.
    /// - Throws: `ConfigurationError` when the file has another form, or when no record in it is one of the entity; what is
    ///   staged stays.
    /// - Returns: records imported.
    public func run(
        _ entity: Entity, file: String, force: Bool, among entities: [Entity] = [], command: String? = nil,
        stop: StopSignal
    ) async throws -> Int {
        let account = try owner(file, of: entity, replaces: force)
        let command =
            command
            ?? "cliosync staged import --phase \(entity.phase) --entity \(entity.name) --connection \(folder.connection)"
        let source = try ImportRecords(file, entity: entity, command: command)
        try folder.create()
        let place = folder.entity(phase: entity.phase, name: entity.name)
        let lock = try FileLock.exclusive(
            folder.lock(phase: entity.phase, layer: "raw"), holder: "staged import \(entity.phase)")
        defer { lock.release() }
        let mask = try LayerMask.of(entity, in: folder, key: maskKey)
        let writer = try await RawLayerWriter.open(place, force: force, mask: mask, account: account)
        let stream = StreamKey(.other("import"))
        let manifest = writer.manifest
        guard manifest.completion == nil else {
            throw ConfigurationError(
                "\(place.raw): \(entity.name) is staged already; --force replaces it by this file")
        }
        guard manifest.streams.keys.allSatisfy({ $0 == stream }) else {
            throw ConfigurationError(
                "\(place.raw): an extract of \(entity.name) is under way; finish it with `cliosync extract`, or import into another --connection"
            )
        }
        var skip = manifest.streams[stream]?.records ?? 0
        let shown = file == "-" ? "standard input" : file
        let guess = RecordGuess(entity, among: entities)
        let check = try RecordCheck(entity)
        var hasGood = false
        var looksLike: String?
        var page = ByteBuffer(capacity: 1 << 20)
        var records = 0
        var imported = skip
        var ids = IDRange(entity)
        let parser = JSONParser()
        do {
            while let line = try source.next() {
                guard !line.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) else { continue }
                // Also of those that were imported before a kill.
                if !hasGood, let record = try? parser.parse(copying: line) {
                    if guess.accepts(record) {
                        hasGood = check.accepts(line)
                    } else {
                        looksLike = looksLike ?? guess.looksLike(record)
                    }
                }
                if skip > 0 {
                    skip -= 1
                    continue
                }
                Self.append(line, parser, to: &page)
                ids.add(line)
                records += 1
                imported += 1
                guard records >= Self.recordsPerPage || page.count >= Self.bytesPerPage else { continue }
                try await writer.commit(rawPage(page.array(), records, stream, next: "import:\(imported)", ids.take()))
                page.removeAll()
                records = 0
                if stop.isRequested {
                    try await writer.seal()
                    throw StagingError(
                        .io, "\(place.raw): stopped after \(imported) records; run the same command again to continue")
                }
            }
        } catch let error as ConfigurationError {
            // A damaged file: another copy of it begins anew.
            try writer.discard()
            throw error
        }
        if !hasGood { try refuse(shown, entity, imported: imported, looksLike: looksLike, place, writer) }
        try await writer.commit(rawPage(page.array(), records, stream, next: nil, ids.take()))
        // Clio counted nothing here: an id that comes twice is no record that is missing.
        try await writer.complete(expected: nil, status: .complete, message: nil)
        return imported
    }

    /// The account that this connection is pinned to.
    /// - Throws: `AccountError` when the file is a part of another account's layer, or of another connection's and nothing
    ///   says that both are of one account; also when the entity's own layer was copied from elsewhere.
    private func owner(_ file: String, of entity: Entity, replaces: Bool) throws -> Account? {
        let name = folder.connection
        let pinned = try JobStore.openExisting(path: folder.jobDatabase)?.account().flatMap { Account(json: $0) }
        if !replaces {
            let layers = try folder.entity(phase: entity.phase, name: entity.name).owners()
            let places = (pinned.map { [(folder.jobDatabase, $0)] } ?? [])
            try AccountPins(
                places + layers.compactMap { layer in layer.account.map { (layer.place, $0) } }, connection: name,
                foreign: layers.filter { $0.connection ?? name != name }
            ).checkEachOther()
        }
        guard file != "-", let layer = try RawManifest.owner(ofPart: file) else { return pinned }
        guard let theirs = layer.account else {
            guard let connection = layer.connection, connection != name else { return pinned }
            throw AccountError(
                description:
                    "\(file): is a part of the connection \(connection), and nothing says that \(name) is of the same account; "
                    + "import it into \(connection), or copy the file out of that folder first")
        }
        guard let pinned else { return theirs }
        guard pinned.isSameAccount(as: theirs) else {
            throw AccountError(
                description:
                    "\(file): holds records of \(theirs.firm), but connection \(folder.connection) is of \(pinned.firm); import "
                    + "it into another --connection")
        }
        return pinned
    }

    /// Ends an import without a usable record. An empty file is an empty list, where there is no better one.
    private func refuse(
        _ shown: String, _ entity: Entity, imported: Int, looksLike: String?, _ place: EntityFolder,
        _ writer: RawLayerWriter
    ) throws {
        let before = try RawManifest.read(place)
        let isReplacing = writer.isForcedGeneration
        guard imported > 0 || (isReplacing && before?.records ?? 0 > 0) else { return }
        try writer.discard()
        guard imported > 0 else {
            throw ConfigurationError(
                "\(shown): holds no record, and \(before?.records ?? 0) of \(entity.name) are staged; these were kept")
        }
        throw ConfigurationError(
            "\(shown): none of its \(imported) records can be used as \(entity.name)"
                + (looksLike.map { ": they look like \($0)" } ?? "") + "; "
                + (isReplacing ? "what is staged was kept" : "nothing was staged"))
    }

    private func rawPage(
        _ lines: [UInt8], _ records: Int, _ stream: StreamKey, next: String?, _ ids: ClosedRange<Int64>?
    ) -> RawPage {
        RawPage(
            stream: stream, lines: lines, records: records, request: "import", next: next, reportedTotal: nil, ids: ids)
    }

    /// Minifies what is JSON; anything else is kept to the byte.
    private static func append(_ line: UnsafeRawBufferPointer, _ parser: JSONParser, to page: inout ByteBuffer) {
        let start = page.count
        // What is no JSON must not be minified: `1 2` would become 12.
        let line = JSONParser.withoutMark(line)
        let isJSON = (try? parser.parse(line)) != nil && !parser.lastWasLenient
        if !isJSON || (try? JSONMinifier.minify(line, into: &page)) == nil {
            page.truncate(to: start)
            // A record over several lines becomes one.
            if line.contains(where: { $0 == 10 }) {
                for byte in line { page.append(byte == 10 || byte == 13 ? 0x20 : byte) }
            } else {
                page.append(line)
            }
        }
        page.append(UInt8(ascii: "\n"))
    }
}

/// The lowest and the highest id of a page, so that `trace` need not read it for another one. Not Sendable.
private struct IDRange {
    private let parser = JSONParser()
    private let path: [String]
    private var range: ClosedRange<Int64>?
    /// Whether every line had an integer id; else it is unknown what the page lacks.
    private var isWhole = true

    init(_ entity: Entity) { path = entity.table.column(named: Table.keyColumn)?.path ?? [Table.keyColumn] }

    mutating func add(_ line: UnsafeRawBufferPointer) {
        guard isWhole else { return }
        var value = try? parser.parse(line)
        for key in path { value = value?[key] }
        guard let id = value?.int64 else {
            isWhole = false
            return
        }
        range = range.map { min($0.lowerBound, id)...max($0.upperBound, id) } ?? id...id
    }

    /// The range, and a new beginning.
    mutating func take() -> ClosedRange<Int64>? {
        defer { (range, isWhole) = (nil, true) }
        return isWhole ? range : nil
    }
}
