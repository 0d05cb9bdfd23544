internal import Pipelines
internal import SQLite
internal import Staging
internal import Tables

/// What a verification may leave out, because it was compared before and nothing touched it since; and what it found, for the
/// next one.
struct ProofBasis {
    private let stamp: DatabaseStamp?
    /// What is known of the database as it is.
    private let known: Proof?
    /// Whether the structure of the database, and the indexes of tables that nothing touched, need not be checked.
    let isUsable: Bool
    private let now = UTC.now()
    /// By table.
    private let untouched: [String: Proof.TableProof]

    /// Whether no row changed since all references were compared.
    var areReferencesProven: Bool { isUsable && known?.referencesAt != nil }

    init(_ run: VerifyRun, _ extent: Verifier.Extent) throws {
        let stamp = DatabaseStamp.settled(run.database.path)
        self.stamp = stamp
        // Otherwise another program wrote to it, or another database is in its place.
        known = try Proof.read(run.staged.folder).flatMap { $0.database == stamp ? $0 : nil }
        guard case .changes(let since) = extent, let proof = known, Self.isRecent(proof.structureAt, since) else {
            (isUsable, untouched) = (false, [:])
            return
        }
        isUsable = true
        untouched = try proof.tables.filter { name, table in
            try Self.isRecent(table.wholeAt, since) && Self.isUntouched(name, table, run)
        }
    }

    private static func isRecent(_ moment: String?, _ since: Double) -> Bool {
        moment.flatMap(Moment.seconds).map { $0 >= since } ?? false
    }

    /// Whether a table has the same declaration and is fed by the same layers as when it was compared.
    private static func isUntouched(_ name: String, _ proof: Proof.TableProof, _ run: VerifyRun) throws -> Bool {
        guard let schema = try run.database.loadedSchema(ofTable: name), schema.text == proof.schema,
            let table = run.staged.catalog.tables.first(where: { $0.name == name }),
            TableSchema(table: table).text == proof.schema
        else { return false }
        return try run.layers(ofTable: name) == proof.layers.mapValues(\.state)
    }

    /// What was found of a table that nothing touched since; nil: it is to be compared.
    func proof(of table: Table) -> Proof.TableProof? { untouched[table.name] }

    // MARK: For the next one

    /// Keeps what a verification found beside the layers, and puts into its report what was compared.
    func keep(_ run: VerifyRun, _ tables: [Table], compared: [Table], hasReferences: Bool) throws {
        let failed = Set(run.report.checks.filter { !$0.ok }.map { "\($0.phase)/\($0.entity)" })
        let isSound = !failed.contains("/database")
        var proof = known ?? stamp.map { Proof(database: $0) }
        if !isUsable { proof?.structureAt = now }
        if hasReferences { proof?.referencesAt = isSound ? now : nil }
        if !isSound { proof?.structureAt = nil }
        for table in tables {
            let names = ["/" + table.name] + table.children.map { "/" + $0.name }
            let lists = run.staged.sources(ofTable: table.name).map { "\($0.phase)/\($0.name)" }
            guard failed.isDisjoint(with: names + lists) else {
                proof?.tables[table.name] = nil
                continue
            }
            if compared.contains(where: { $0.name == table.name }) {
                proof?.tables[table.name] = try run.proof(of: table, at: now)
            }
        }
        run.report.scope = scope(tables, compared, proof)
        // What was written meanwhile was not compared.
        guard let proof, let stamp, DatabaseStamp(run.database.path) == stamp else { return }
        try proof.write(run.staged.folder)
    }

    private func scope(_ tables: [Table], _ compared: [Table], _ proof: Proof?) -> VerifyReport.Scope {
        var scope = VerifyReport.Scope()
        scope.compared = Set(compared.map(\.name))
        scope.untouched = Set(tables.map(\.name)).subtracting(scope.compared)
        let moments = tables.map { proof?.tables[$0.name]?.wholeAt } + [proof?.structureAt]
        if !moments.contains(nil) { scope.wholeAt = moments.compactMap(\.self).min() }
        return scope
    }
}

extension VerifyRun {
    /// The layers that feed a table, by "phase/entity", as they were when this was first asked; one that is not transformed is
    /// none.
    func layers(ofTable name: String) throws -> [String: LayerState] {
        if let known = layerStates[name] { return known }
        var layers: [String: LayerState] = [:]
        for source in staged.sources(ofTable: name) {
            let place = staged.folder.entity(phase: source.phase, name: source.name)
            guard let raw = try staged.raw(source), let result = try ResultManifest.read(place) else { continue }
            layers[source.phase + "/" + source.name] = LayerState(raw, result, place)
        }
        layerStates[name] = layers
        return layers
    }

    /// What was found of a table; nil when something of it cannot be told from what it will be.
    func proof(of table: Table, at now: String) throws -> Proof.TableProof? {
        guard let schema = try database.loadedSchema(ofTable: table.name), schema.text == TableSchema(table: table).text
        else { return nil }
        var layers: [String: Proof.LayerProof] = [:]
        for source in staged.sources(ofTable: table.name) {
            let key = source.phase + "/" + source.name
            guard let state = try self.layers(ofTable: table.name)[key], let facts = try rawFacts(source) else {
                continue
            }
            layers[key] = Proof.LayerProof(state: state, lines: facts.lines, records: facts.came)
        }
        var rows: [String: Int] = [:]
        for name in [table.name] + table.children.map(\.name) { rows[name] = try count(name) }
        return Proof.TableProof(wholeAt: now, schema: schema.text, layers: layers, rows: rows)
    }

    private func count(_ table: String) throws -> Int {
        try number("SELECT count(*) FROM main.\(quotedIdentifier(table))")
    }

    /// A list of a table that nothing touched since all of it was compared: its end, Clio's count, and the rows.
    /// - Parameter isFirst: whether it is the first list of its table.
    func verifyUntouched(_ entity: Entity, _ proof: Proof.TableProof, isFirst: Bool) throws {
        if let layer = proof.layers[entity.phase + "/" + entity.name], let raw = try staged.raw(entity) {
            verifyList(entity, raw, lines: layer.lines, came: layer.records)
        } else {
            check(
                entity.phase, entity.name, "complete", 1, 0,
                "nothing was extracted; run `cliosync extract --phase \(entity.phase)`, then transform and load")
        }
        guard isFirst else { return }
        for (name, rows) in proof.rows.sorted(by: { $0.key < $1.key }) {
            check("", name, "rows", rows, try count(name), "rows when all of it was compared, rows")
        }
    }
}
