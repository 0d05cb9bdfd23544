internal import Bytes
internal import Foundation
internal import JSON
internal import Jobs
internal import Load
public import Pipelines
internal import Staging

/// Leads every row back to the raw line that it came from, and says of a record that is missing where it got lost.
public struct Tracer: Sendable {
    private let folder: ConnectionFolder
    private let catalog: Catalog
    private let database: String

    /// A tracer of one connection.
    /// - Throws: `StagingError` when the connection's name is not allowed.
    public init(staging: String, connection: String, catalog: Catalog, database: String) throws {
        folder = try ConnectionFolder(staging: staging, connection: connection)
        self.catalog = catalog
        self.database = database
    }

    /// Follows a record through all phases that feed its table.
    ///
    /// Takes no lock; a layer that is being replaced at this moment may make it throw.
    /// - Parameters:
    ///   - name: an entity or a table.
    ///   - everywhere: read every raw line, also where the manifest says that the id is not.
    public func trace(_ name: String, id: String, everywhere: Bool = false) throws -> RecordTrace {
        let named = catalog.entities.filter { $0.name == name || $0.table.name == name }
        guard let table = named.first?.table else {
            throw ConfigurationError(UnknownName.entity(name, in: catalog, orTable: true))
        }
        let feeders = catalog.entities.filter { entity in
            named.contains { $0.table.name == entity.table.name }
        }
        var trace = RecordTrace(entity: name, id: id)
        trace.table = table.name
        let lookup = try RecordLookup(database: database)
        let counting = try lookup?.version(table, id: id)
        for entity in feeders { try find(entity, id, everywhere: everywhere, &trace) }
        if let counting, !counting.isDeleted, !everywhere,
            !trace.versions.contains(where: { $0.sequence == counting.sequence })
        {
            // The database knows a version where the manifest says that there is none: read on.
            trace.versions = []
            trace.searched = RecordTrace.Searched()
            trace.deletions = []
            for entity in feeders { try find(entity, id, everywhere: true, &trace) }
        }
        trace.versions.sort { $0.sequence < $1.sequence }
        trace.row = try lookup?.row(table, id: id).map { RawJSON($0) }
        trace.flags = try lookup?.flags(table, id: id).map { RawJSON($0) }
        for child in table.children {
            let rows = try lookup?.children(child, of: table, id: id) ?? []
            if !rows.isEmpty {
                trace.children.append(RecordTrace.ChildRows(table: child.name, rows: rows.map { RawJSON($0) }))
            }
        }
        for index in trace.versions.indices {
            guard
                let entity = feeders.first(where: {
                    $0.phase == trace.versions[index].phase && $0.name == trace.versions[index].entity
                })
            else { continue }
            try follow(&trace.versions[index], entity, lookup, counting, hasRow: trace.row != nil)
            if trace.deletions.contains(where: { $0.sequence > trace.versions[index].sequence }) {
                trace.versions[index].state = trace.row == nil || counting?.isDeleted == true ? .deleted : .older
            }
        }
        if let store = try JobStore.openExisting(path: folder.jobDatabase) {
            let phases = Set(feeders.map(\.phase))
            let job = try store.jobs(connection: folder.connection).first { !phases.isDisjoint(with: $0.phases) }
            trace.job = job.map { RecordTrace.Job(id: $0.id, status: $0.status.rawValue) }
        }
        trace.verdict = try verdict(trace, feeders, hasDatabase: lookup != nil)
        return trace
    }

    private func place(_ entity: Entity) -> EntityFolder { folder.entity(phase: entity.phase, name: entity.name) }

    // MARK: Raw

    /// Adds the versions in an entity's raw layer, with the pages that they came in.
    private func find(_ entity: Entity, _ id: String, everywhere: Bool, _ trace: inout RecordTrace) throws {
        let place = place(entity)
        guard let manifest = try RawManifest.read(place) else { return }
        for deletion in manifest.deletions where deletion.ids.contains(id) {
            trace.deletions.append(
                RecordTrace.Deletion(
                    phase: entity.phase, entity: entity.name, sequence: deletion.sequence, at: deletion.at))
        }
        let (hits, records) = try RawSearch(entity, manifest, place, id: id).run(everywhere: everywhere)
        trace.searched.records += records
        trace.searched.of += manifest.records
        var pages: [(part: String, offset: Int)] = []
        let first = trace.versions.count
        for hit in hits {
            var version = TraceVersion(
                phase: entity.phase, entity: entity.name,
                raw: TraceVersion.RawLine(
                    file: manifest.file(hit.part, in: place).path, part: hit.part.name, line: hit.line,
                    generation: manifest.header.generation, record: hit.record))
            if hit.isBroken { version.state = .broken }
            var before = 0
            for page in manifest.pages(of: hit.part.name) {
                if hit.line <= before + page.records {
                    var numbers = PageCursor([page])
                    for _ in before..<hit.line { version.sequence = numbers.next() ?? version.sequence }
                    version.page = TraceVersion.Page(
                        page: page.page, stream: page.stream.name, receivedAt: page.receivedAt,
                        serverDate: page.serverTime.map(Moment.timestamp))
                    pages.append((page.part, page.offset))
                    break
                }
                before += page.records
            }
            trace.versions.append(version)
        }
        guard pages.count == hits.count, !hits.isEmpty else { return }
        for (index, request) in try RawManifest.requests(of: pages, in: place).enumerated() {
            trace.versions[first + index].page.request = request
        }
    }

    // MARK: Clean, flagged, loaded

    private func follow(
        _ version: inout TraceVersion, _ entity: Entity, _ lookup: RecordLookup?, _ counting: RecordLookup.Version?,
        hasRow: Bool
    ) throws {
        guard let result = try ResultManifest.read(place(entity)),
            result.header.rawGeneration == version.raw.generation,
            let part = result.parts.first(where: { $0.part == version.raw.part })
        else { return }
        let isBroken = version.state == .broken
        try readFlags(&version, part)
        let isRejected = part.rejectedLines.contains(version.raw.line)
        if !isRejected { try readClean(&version, part) }
        let loaded = try lookup?.part(entity, part.part)
        if let loaded, loaded.generation == result.header.generation, loaded.rawCRC == part.rawCRC {
            version.loadedAt = loaded.loadedAt
        }
        if isBroken { return }
        if isRejected {
            version.state = .rejected
        } else if version.loadedAt == nil {
            version.state = .transformed
        } else if counting?.sequence != version.sequence {
            version.state = .older
        } else {
            version.state = hasRow ? .row : .lost
        }
    }

    private func readFlags(_ version: inout TraceVersion, _ part: ResultPart) throws {
        guard let file = part.flagged else { return }
        let parser = JSONParser()
        let reader = try NDJSONReader(file)
        let needle = Array("\"line\":\(version.raw.line)".utf8)
        while let line = try reader.next() {
            guard ByteSearch.first(needle, in: line) != nil, let value = try? parser.parse(line),
                value["line"]?.int64 == Int64(version.raw.line), let violations = value["violations"]
            else { continue }
            var text = JSONWriter()
            text.value(violations)
            version.flagged = TraceVersion.FlaggedLine(
                file: file.shownPath, line: reader.line, violations: RawJSON(text.text))
            return
        }
    }

    private func readClean(_ version: inout TraceVersion, _ part: ResultPart) throws {
        guard let file = part.clean else { return }
        let number = version.raw.line - part.rejectedLines.count { $0 < version.raw.line }
        let reader = try NDJSONReader(file)
        while let line = try reader.next() {
            guard reader.line == number else { continue }
            version.clean = TraceVersion.CleanLine(
                file: file.shownPath, line: number, row: RawJSON(String(decoding: line, as: UTF8.self)))
            return
        }
    }

    // MARK: Verdict

    private func verdict(_ trace: RecordTrace, _ feeders: [Entity], hasDatabase: Bool) throws -> [String] {
        var lines: [String] = []
        if trace.versions.isEmpty {
            for entity in feeders {
                let name = "\(entity.phase)/\(entity.name)"
                guard let raw = try RawManifest.read(place(entity)) else {
                    lines.append("\(name): nothing is extracted yet; run `cliosync extract --phase \(entity.phase)`")
                    continue
                }
                let state =
                    switch raw.completion?.status {
                    case .complete: "complete as of \(raw.completion?.at ?? "")"
                    case .partial: "extracted in part only"
                    case nil: "its extract has not ended"
                    }
                lines.append("\(name): not among the \(raw.records) raw records, \(state)")
            }
            lines.append(
                trace.row == nil
                    ? "Clio did not send it: it does not exist, was deleted, or this Clio user may not see it"
                    : "there is a row of an extract whose files are gone; run load with --force")
            return lines
        }
        for deletion in trace.deletions {
            lines.append("\(deletion.phase)/\(deletion.entity): found gone from Clio by the sweep of \(deletion.at)")
        }
        for version in trace.versions.reversed() { lines.append(Self.sentence(version, hasDatabase: hasDatabase)) }
        if trace.row != nil, !trace.versions.contains(where: { $0.state == .row }) {
            lines.append("there is a row, but of a version that is staged no more: run transform and load")
        }
        return lines
    }

    private static func sentence(_ version: TraceVersion, hasDatabase: Bool) -> String {
        let choice = "--phase \(version.phase) --entity \(version.entity)"
        let what =
            switch version.state {
            case .broken: "looks like it, but is no JSON, so that it is rejected"
            case .extracted: "is not transformed yet; run `cliosync transform \(choice)`"
            case .rejected: "is rejected and in no table; `cliosync review show \(version.entity)` says why"
            case .transformed:
                hasDatabase
                    ? "is not loaded yet; run `cliosync load \(choice)`" : "is not loaded: there is no database yet"
            case .deleted: "was deleted in Clio since: a sweep found it gone"
            case .older: "is loaded, but another version is newer"
            case .row: "is the row"
            case .lost: "should be the row, but there is none; run `cliosync verify \(choice)`, then load with --force"
            }
        return "\(version.phase)/\(version.entity) part \(version.raw.part) line \(version.raw.line) \(what)"
    }
}
