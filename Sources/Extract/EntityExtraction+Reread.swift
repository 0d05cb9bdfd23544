internal import HTTP
internal import JSON
internal import Pipelines
internal import Staging

/// A finished list that is read once more, into a folder beside its layers.
enum Reread: Sendable {
    /// Its ids.
    case ids
    /// Its ids, and Clio's mark of each version.
    case etags
    /// Its records with all fields.
    case records

    /// What came of it.
    struct Result {
        /// All ids that the list showed, from its beginning to its end; nil when it could not be read whole.
        var alive: StagedIDs?
        /// Whether nothing was deleted meanwhile that could have hidden others.
        var isSteady = false
        /// Whether an earlier process read a part of it.
        var isResumed = false
        var failure: ExtractFailure?
    }

    /// Records per page; nil: as the settings say. Ids alone burden no server.
    var pageSize: Int? { if case .records = self { nil } else { .max } }

    /// The list, of which only what is needed is requested.
    func entity(_ entity: Entity) -> Entity {
        var fields = entity.fields
        if case .records = self {
        } else {
            // Ids, and what cutting the list into partitions or windows needs.
            var needed = ["id", "created_at"] + (entity.windows.map { [$0.startField, $0.endField] } ?? [])
            if case .etags = self { needed.append("etag") }
            fields = needed.filter(entity.fields.contains)
        }
        var result = Entity(
            phase: entity.phase, name: entity.name, title: entity.title, priority: entity.priority,
            endpoint: entity.endpoint, parameters: entity.parameters, expectations: [], order: entity.order,
            batchSize: entity.batchSize, maximumBatchSize: entity.maximumBatchSize, batchSetting: entity.batchSetting,
            fields: fields, windows: entity.windows, since: Since(created: entity.since.created), table: entity.table,
            tableDefinedIn: entity.tableDefinedIn)
        if case .records = self {
            result.rawOnly = entity.rawOnly
            result.masks = entity.masks
            result.expectations = entity.expectations
        }
        return result
    }
}

extension EntityExtraction {
    /// Reads the list once more, twice if the first reading came short: of a record that was added meanwhile.
    ///
    /// It is an extract of its own into a folder beside the layers: it is resumed like any other, and what it shows counts
    /// only when it is as much as Clio counts.
    /// - Parameter manifest: of the records' own layer, for the server's clock.
    func reread(_ what: Reread, since manifest: RawManifest) async throws -> Reread.Result {
        let result = try await rereadOnce(what, since: manifest)
        guard result.alive == nil, result.failure == nil else { return result }
        return try await rereadOnce(what, since: manifest)
    }

    private func rereadOnce(_ what: Reread, since manifest: RawManifest) async throws -> Reread.Result {
        let place = folder.sweep
        let entity = what.entity(entity)
        var isResumed = false
        // A finished reading is out of date; an interrupted one continues.
        if let before = try RawManifest.read(place) {
            // Another user's list of ids holds only what that user sees.
            let isUsable = before.completion == nil && isOfThisUser(before) && Self.isOf(entity, before)
            isResumed = isUsable && !before.pages.isEmpty
            if !isUsable { try place.removeRaw() }
        }
        let moment = entity.order == nil ? manifest.pages.last?.serverTime : nil
        var before: Int?
        if let moment, !isResumed { before = try await created(since: moment, manifest) }
        let reading = EntityExtraction(
            entity, folder: place, client: client, logger: logger, board: board, isBesideLayers: true,
            pageSize: what.pageSize, account: account, isStopping: isStopping, pageStored: pageStored,
            onEvent: { if case .note = $0 {} else { self.forwardRequests($0) } })
        let outcome = await reading.run(force: false)
        tally.update {
            $0.requests += outcome.requests
            $0.retries += outcome.retries
            $0.throttled += outcome.throttled
        }
        switch outcome.status {
        case .stopped: throw Halt.stopped
        case .failed: return Reread.Result(failure: outcome.failure)
        case .partial, .complete: break
        }
        guard let own = try RawManifest.read(place) else { return Reread.Result() }
        let ids = try await StagedIDs.read(own.parts.map { own.file($0, in: place) })
        let shift = entity.order == nil ? reading.shift(own) : .noBoundary
        var isSteady = true
        switch shift {
        case .noBoundary: break
        // Nothing can be told, and another reading would not tell either.
        case .unknown: break
        case .deleted: isSteady = false
        case .added(let added):
            if isResumed {
                isSteady = false
            } else if let moment, let before, let after = try await created(since: moment, manifest) {
                isSteady = after - before == added
            }
        }
        // A reading that ended early has no use, unless deletions are why it is short.
        if outcome.status == .partial, isSteady { return Reread.Result() }
        if isResumed, isSteady { isSteady = try await isCurrent(what, ids) }
        return Reread.Result(alive: ids, isSteady: isSteady, isResumed: isResumed)
    }

    /// Whether a reading that was interrupted shows the list as it is now.
    ///
    /// What was deleted since is still among its ids, which a count tells. Nothing tells of records and etags that changed.
    private func isCurrent(_ what: Reread, _ ids: StagedIDs) async throws -> Bool {
        guard case .ids = what else { return false }
        return try await recount() == ids.count
    }

    /// Whether an interrupted reading requested what this one does.
    private static func isOf(_ entity: Entity, _ manifest: RawManifest) -> Bool {
        guard let request = manifest.pages.first?.request else { return true }
        let fields = QueryString.query([("fields", FieldList(entity, manifest: manifest).parameter)])
        return request.split { $0 == "?" || $0 == "&" }.contains(fields[...])
    }

    /// Requests of a reading are counted there; what it brings is no record of the layer.
    private func forwardRequests(_ event: ExtractEvent) {
        switch event {
        case .requestStarted, .requestFinished, .waiting, .retry, .limitChanged: onEvent(event)
        default: break
        }
    }

    /// The ids of the reading beside the layers whose version is not the one that is held.
    func changedIDs(_ writer: RawLayerWriter) async throws -> [String] {
        try await writer.seal()
        let held = try await HeldVersions.read(writer.files, alive: writer.manifest, of: .etag)
        guard let own = try RawManifest.read(folder.sweep) else { return [] }
        let files = own.parts.map { own.file($0, in: folder.sweep) }
        return try await StagedFiles.read { () throws(StagingError) in
            var changed = Set<String>()
            let parser = JSONParser()
            for file in files where file.records > 0 {
                let reader = try NDJSONReader(file)
                while let line = try reader.next() {
                    guard let record = try? parser.parse(line), let id = record["id"], !held.holds(record, line),
                        let name = id.int64.map({ String($0) }) ?? id.string
                    else { continue }
                    changed.insert(name)
                }
            }
            return changed.sorted()
        }
    }

    /// Stores the records of the reading beside the layers that are new or different from what is held.
    func storeChanges(_ writer: RawLayerWriter) async throws {
        try await writer.seal()
        let place = folder.sweep
        let held = try await HeldVersions.read(writer.files, alive: writer.manifest, of: .line)
        guard let own = try RawManifest.read(place) else { return }
        let key = StreamKey(.other("whole")).free { writer.manifest.streams[$0] != nil }
        for part in own.parts where part.records > 0 {
            let file = own.file(part, in: place)
            let pages = try await StagedFiles.read { () throws(StagingError) in try Self.pages(file, without: held) }
            let request = own.pages.first { $0.request != nil }?.request ?? ""
            for (lines, records) in pages {
                // What is staged is masked already.
                try await writer.commit(
                    RawPage(
                        stream: key, lines: lines, records: records, request: request, next: request,
                        reportedTotal: nil, serverTime: own.pages.first?.serverTime, isMasked: true))
                tally.update {
                    $0.records += records
                    $0.newRecords += records
                }
            }
        }
        if writer.manifest.streams[key] != nil { try await writer.endStream(key) }
    }

    /// The lines of a part that are not held, in pages.
    private static func pages(
        _ file: PartFile, without held: HeldVersions
    ) throws(StagingError) -> [(lines: [UInt8], records: Int)] {
        var pages: [(lines: [UInt8], records: Int)] = []
        var page: (lines: [UInt8], records: Int) = ([], 0)
        let reader = try NDJSONReader(file)
        let parser = JSONParser()
        while let line = try reader.next() {
            if let record = try? parser.parse(line), held.holds(record, line) { continue }
            page.lines += line
            page.lines.append(UInt8(ascii: "\n"))
            page.records += 1
            if page.records == 200 {
                pages.append(page)
                page = ([], 0)
            }
        }
        if page.records > 0 { pages.append(page) }
        return pages
    }
}
