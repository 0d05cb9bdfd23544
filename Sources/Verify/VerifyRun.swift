internal import JSON
internal import Pipelines
internal import SQLite
internal import Staging
internal import Tables

/// One verification on its thread. Not Sendable.
///
/// What the files say goes into temporary tables on disk, so that memory use is constant. Nothing that the loader recorded
/// about itself is trusted but `duplicates`, which is checked.
///
/// Two threads share the work. This one reads the clean and flagged layers and asks what needs their versions; the other one
/// reads the database's pages, the rows and indexes of each table, and the raw layers.
final class VerifyRun {
    let staged: StagedLayers
    let database: Database
    private let extent: Verifier.Extent
    private let currency: LayerCurrency
    private let stop: StopSignal
    var connection: SQLiteConnection { database.connection }
    var report = VerifyReport()
    let parser = JSONParser()
    private let work = WorkQueue()
    private let scans: TableScans
    private var layers: [String: RawLayer] = [:]
    /// By table.
    var layerStates: [String: [String: LayerState]] = [:]

    /// A raw layer and what is being found out about it.
    private struct RawLayer {
        let raw: RawManifest
        let facts: WorkQueue.Job<RawFacts>
    }

    init(
        _ catalog: Catalog, _ folder: ConnectionFolder, _ extent: Verifier.Extent, _ database: Database,
        _ fingerprints: [String: String], _ coming: Set<String>, _ stop: StopSignal
    ) throws {
        self.extent = extent
        self.stop = stop
        staged = StagedLayers(catalog, folder)
        currency = LayerCurrency(staged, fingerprints: fingerprints, coming: coming)
        scans = TableScans(database.path, work, stop)
        self.database = database
        connection.interrupt { stop.isRequested }
        try connection.setPragma("temp_store", to: "FILE")
        try connection.setPragma("temp.cache_size", to: "-16384")
        try connection.setPragma("cache_size", to: "-16384")
    }

    func verify(_ entities: [Entity]) throws -> VerifyReport {
        let loaded = try connection.rows("SELECT phase, entity FROM _cliosync_entities").map {
            "\($0[0].string ?? "")/\($0[1].string ?? "")"
        }
        staged.include(entities.map { $0.phase + "/" + $0.name } + loaded)
        let outdated = try currency.problems(entities)
        report.checks += outdated
        if !outdated.isEmpty {
            report.isCutShort = true
            return report
        }
        defer { work.cancel() }
        var tables: [Table] = []
        for entity in entities where !tables.contains(where: { $0.name == entity.table.name }) {
            tables.append(entity.table)
        }
        let basis = try ProofBasis(self, extent)
        let compared = tables.filter { basis.proof(of: $0) == nil }
        // Before anything of them is read.
        for table in compared { _ = try layers(ofTable: table.name) }
        let structure = basis.isUsable ? nil : work.add(checkStructure)
        for table in compared where try isWhole(table) { scans.begin(table) }
        var layerScans: [String: LayerScan] = [:]
        for table in compared { try prepare(table, &layerScans) }
        if !basis.isUsable { try scans.beginIndexes(connection) }

        // What needs no raw layer comes first, while the other thread reads those.
        let hasReferences = !compared.isEmpty || !basis.areReferencesProven
        let ofReferences = try checks { if hasReferences { try verifyReferences() } }
        var ofRows: [String: [VerifyReport.Check]] = [:]
        var ofFlags: [String: [VerifyReport.Check]] = [:]
        var sound: Set<String> = []
        for table in compared {
            ofRows[table.name] = try checks { if try verifyRows(table) { sound.insert(table.name) } }
            guard sound.contains(table.name) else { continue }
            ofFlags[table.name] = try checks { try verifyFlags(table, layerScans) }
        }
        var seen: Set<String> = []
        for entity in entities {
            let table = entity.table
            if let proof = basis.proof(of: table) {
                try verifyUntouched(entity, proof, isFirst: seen.insert(table.name).inserted)
                continue
            }
            try verify(entity, &layerScans)
            guard seen.insert(table.name).inserted else { continue }
            report.checks += ofRows[table.name] ?? []
            if sound.contains(table.name) { try verifyContent(table) }
            report.checks += ofFlags[table.name] ?? []
        }
        report.checks += ofReferences
        if structure != nil || !compared.isEmpty { try verifyIntegrity(structure?.value() ?? ["ok"]) }
        try basis.keep(self, tables, compared: compared, hasReferences: hasReferences)
        return report
    }

    /// What SQLite finds about the pages of the database.
    private var checkStructure: @Sendable (() -> Bool) throws -> [String] {
        let (path, stop) = (database.path, stop)
        return { _ in
            let connection = try SQLiteConnection(path: path, mode: .readOnly)
            connection.interrupt { stop.isRequested }
            return try connection.rows("PRAGMA quick_check(20)").compactMap { $0[0].string }
        }
    }

    /// The checks that a piece of work adds, taken out of the report.
    private func checks(_ body: () throws -> Void) rethrows -> [VerifyReport.Check] {
        let before = report.checks
        defer { report.checks = before }
        report.checks = []
        try body()
        return report.checks
    }

    /// Throws after a stop.
    func checkStop() throws {
        if stop.isRequested { throw CancellationError() }
    }

    func check(_ phase: String, _ entity: String, _ name: String, _ expected: Int, _ actual: Int, _ detail: String) {
        report.checks.append(VerifyReport.Check(phase, entity, name, expected, actual, detail))
    }

    /// Finds the newest version of each id of a table, and begins to read the raw lines of all its sources.
    private func prepare(_ table: Table, _ scans: inout [String: LayerScan]) throws {
        let sources = staged.sources(ofTable: table.name)
        for source in sources { _ = try scan(source, &scans) }
        try applyDeletions(table)
        var counting = SequenceSet()
        let rows = try connection.prepare("SELECT sequence FROM \(LayerScan.table(table)) WHERE rejected = 0")
        while try rows.step() { counting.insert(rows.int64(at: 0)) }
        let columns = SummedColumn.all(table)
        for source in sources {
            let place = staged.folder.entity(phase: source.phase, name: source.name)
            guard let raw = try staged.raw(source) else { continue }
            let job = RawScan(raw: raw, place: place, columns: columns, counting: counting)
            let stop = stop
            layers[source.phase + "/" + source.name] = RawLayer(
                raw: raw, facts: work.add { isCancelled in try job.run { isCancelled() || stop.isRequested } })
        }
    }

    /// What the raw lines of an entity come to, once they are read; nil when nothing was extracted.
    func rawFacts(_ entity: Entity) throws -> RawFacts? {
        try layers[entity.phase + "/" + entity.name]?.facts.value()
    }

    /// What is compared must be of one account.
    func checkAccounts(_ entities: [Entity]) throws {
        for entity in entities {
            guard let layer = try StagedEntity(entity, staged.folder) else { continue }
            try database.check(layer.account, layer: "\(staged.folder.path) (\(entity.phase)/\(entity.name))")
        }
    }

    // MARK: An entity

    private func verify(_ entity: Entity, _ scans: inout [String: LayerScan]) throws {
        let (phase, name) = (entity.phase, entity.name)
        guard let layer = layers[phase + "/" + name] else {
            check(
                phase, name, "complete", 1, 0,
                "nothing was extracted; run `cliosync extract --phase \(phase)`, then transform and load")
            return
        }
        let facts = try layer.facts.value()
        // What a stop cut short says nothing.
        try checkStop()
        let lines = facts.lines
        verifyList(entity, layer.raw, lines: lines, came: facts.came)
        let scan = try scan(entity, &scans)
        check(
            phase, name, "transformed", lines, scan.accepted + scan.rejected,
            "lines in the raw files, clean lines + rejected lines; when they differ, run "
                + "`cliosync transform --phase \(phase)`, then load")
        let duplicates =
            try connection.value(
                "SELECT coalesce(sum(duplicates), 0) FROM _cliosync_ledger WHERE phase = ? AND entity = ?",
                .text(phase), .text(name))?.int ?? 0
        check(
            phase, name, "duplicates", scan.accepted - scan.distinct, duplicates,
            "clean lines - their distinct ids, duplicates that the load counted; run load when they differ")
    }

    /// The raw layer against its manifest and Clio's count.
    /// - Parameter came: different records in it.
    func verifyList(_ entity: Entity, _ raw: RawManifest, lines: Int, came: Int) {
        let (phase, name) = (entity.phase, entity.name)
        check(
            phase, name, "complete", 1, raw.completion?.status == .complete ? 1 : 0,
            raw.completion.map { $0.message ?? "extracts that are complete" }
                ?? "the extract has not ended; run `cliosync extract --phase \(phase)`, then transform and load")
        check(phase, name, "extracted", raw.records, lines, "records in the raw manifest, lines in the raw files")
        if let expected = raw.completion?.expected {
            // More than Clio counts is no loss: records can be deleted after they were fetched. A sweep finds out.
            let isDrift = came > expected && raw.completion?.status == .complete
            check(
                phase, name, "reported", isDrift ? came : expected, came,
                "records that Clio reports, distinct ids that came + records without a usable id - those found deleted or no longer "
                    + "in the list"
                    + (isDrift ? "; Clio reports \(expected) now, `cliosync extract --sweep` finds what is gone" : ""))
        }
    }

    func forEachLine(_ file: PartFile, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        let reader = try NDJSONReader(file)
        while let line = try reader.next() { try body(line) }
    }

    /// Binds an id to the first parameter; false when it is neither a number nor a text.
    func bind(_ id: JSONValue, _ statement: SQLiteStatement) throws(SQLiteError) -> Bool {
        if let number = id.int64 {
            try statement.bind(number, at: 1)
        } else if id.kind == .string, let text = id.utf8 {
            try statement.bind(utf8: text, at: 1, .copied)
        } else {
            return false
        }
        return true
    }

    // MARK: A table

    /// Whether the table and its child tables are in the database, as far as the loader's own tables say.
    private func isWhole(_ table: Table) throws(SQLiteError) -> Bool {
        guard let schema = try database.loadedSchema(ofTable: table.name) else { return false }
        return !schema.text.isEmpty && table.children.allSatisfy { schema.children.contains($0.name) }
    }

    /// Ids and child rows against the newest versions; false when the table is not there to be compared.
    private func verifyRows(_ table: Table) throws -> Bool {
        let name = table.name
        let versions = LayerScan.table(table)
        let count = try number("SELECT count(*) FROM \(versions) WHERE rejected = 0")
        guard try database.loadedSchema(ofTable: name) != nil else {
            let isStaged = try staged.sources(ofTable: name).contains {
                try ResultManifest.read(staged.folder.entity(phase: $0.phase, name: $0.name)) != nil
            }
            check("", name, "rows", isStaged ? max(1, count) : 0, 0, "the table is not there; run load")
            return false
        }
        guard try isWhole(table) else {
            check(
                "", name, "rows", 1, 0,
                "tables that are whole; another has a part of it, or it is of an earlier pipeline file: run load")
            return false
        }
        let rows = "main.\(quotedIdentifier(name))"
        check(
            "", name, "rows", count, try number("SELECT count(*) FROM \(rows)"),
            "ids whose newest version is accepted, rows")
        // Both sides are found by their key. The types are compared because `=` converts.
        let isSame = "t.\"id\" = v.id AND typeof(t.\"id\") = typeof(v.id)"
        let missing = try number(
            "SELECT count(*) FROM \(versions) AS v WHERE v.rejected = 0 AND NOT EXISTS "
                + "(SELECT 1 FROM \(rows) AS t WHERE \(isSame))")
        let extra = try number(
            "SELECT count(*) FROM \(rows) AS t WHERE NOT EXISTS "
                + "(SELECT 1 FROM \(versions) AS v WHERE v.rejected = 0 AND \(isSame))")
        check(
            "", name, "ids", 0, missing + extra,
            "\(missing) ids missing in the table, \(extra) that should not be there")
        for (index, child) in table.children.enumerated() {
            check(
                "", child.name, "children",
                try number("SELECT coalesce(sum(count\(index)), 0) FROM \(versions) WHERE rejected = 0"),
                try number("SELECT count(*) FROM main.\(quotedIdentifier(child.name))"),
                "elements in the lists of the newest versions, rows")
        }
        return true
    }

    private func verifyFlags(_ table: Table, _ scans: [String: LayerScan]) throws {
        let unkeyed = staged.sources(ofTable: table.name).reduce(0) {
            $0 + (scans[$1.phase + "/" + $1.name]?.unkeyed ?? 0)
        }
        try verifyFlags(table, unkeyed: unkeyed)
    }

    /// What sweeps found gone is expected nowhere.
    private func applyDeletions(_ table: Table) throws {
        let isInteger = TableSchema(table: table).isKeyInteger
        let mark = try connection.prepare(
            "UPDATE \(LayerScan.table(table)) SET rejected = \(TableSchema.deleted), warned = 0 WHERE id = ?1 AND sequence < ?2"
        )
        for feeder in staged.sources(ofTable: table.name) {
            for deletion in try staged.raw(feeder)?.deletions ?? [] {
                for id in deletion.ids {
                    if isInteger, let number = Int64(id) {
                        try mark.bind(number, at: 1)
                    } else {
                        try mark.bind(id, at: 1)
                    }
                    try mark.bind(deletion.sequence, at: 2)
                    try mark.run()
                }
            }
        }
    }

    /// Every value of every row must be that of the newest clean line, and the sums of quantities and money those of the
    /// newest accepted raw lines.
    private func verifyContent(_ table: Table) throws {
        let columns = SummedColumn.all(table)
        let expected = try hasRawLines(table) ? expectedSums(table, columns) : nil
        let places = [(table.name, "")] + table.children.enumerated().map { ($1.name, "\($0)") }
        for (name, suffix) in places {
            let words = try connection.prepare(
                "SELECT first\(suffix), second\(suffix) FROM \(LayerScan.table(table)) WHERE rejected = 0")
            var digest = TableDigest()
            while try words.step() { digest.add((words.int64(at: 0), words.int64(at: 1))) }
            guard let actual = try scans.facts(name, of: table) else { continue }
            check(
                "", name, "content", 0, digest == actual.digest ? 0 : 1,
                "tables whose values are not those of the newest clean lines; load again with --force when there are any"
            )
            guard let expected else { continue }
            let summed = columns.indices.filter { columns[$0].holder == name }
            for (index, sum) in zip(summed, actual.sums) { compare(columns[index], expected[index], sum) }
        }
    }

    /// Whether the raw lines of all sources of a table are those that its rows were made from.
    ///
    /// Another phase may have been extracted anew and not transformed yet: the look after its own load compares the sums.
    private func hasRawLines(_ table: Table) throws -> Bool {
        for source in staged.sources(ofTable: table.name) {
            let place = staged.folder.entity(phase: source.phase, name: source.name)
            guard let result = try ResultManifest.read(place) else { continue }
            let raw = layers[source.phase + "/" + source.name]?.raw
            guard raw?.header.generation == result.header.rawGeneration else { return false }
        }
        return true
    }

    // MARK: The database

    /// The pages of the database must be sound, and every index must have exactly the entries of its table.
    private func verifyIntegrity(_ structure: [String]) throws {
        var problems = structure == ["ok"] ? 0 : structure.count
        problems += try scans.indexProblems()
        check(
            "", "database", "integrity", 0, problems,
            "problems that PRAGMA quick_check and the comparison of every index with its table find"
                + (problems == 0 ? "" : "; move the file away and load again"))
    }

    func number(_ sql: String) throws(SQLiteError) -> Int { try connection.value(sql)?.int ?? 0 }
}
