/// Ties the files together: tables that are named elsewhere, references, and whether every column's value is asked for.
struct CatalogLinker {
    /// A table under its name: where it is defined, and how far an onboarding is by then.
    struct Definition {
        let draft: TableDraft
        let owner: TableOwner
        let phase: Int
    }

    private let problems: ProblemList
    /// Phases that are named and have no file.
    let missing: [String]
    var definitions: [Definition] = []
    /// The place of each table in `definitions`, by its name, by that of a child table, and by "phase.entity": every column is
    /// looked up.
    var places: (tables: [String: Int], children: [String: Int], owners: [String: Int]) = ([:], [:], [:])
    /// Whether a run that names no phase includes each phase.
    private var areDefault: [Bool] = []
    /// Who has a name already: tables, child tables, indexes and views share one space of names.
    private var owners: [String: String] = [:]
    /// Of these, the names of tables.
    private var tables: Set<String> = []
    /// The entities that name another definition, and which.
    var uses: [String: (phase: String, entity: String)] = [:]

    static func link(_ phases: [PhaseDraft], _ problems: ProblemList, missing: [String]) -> Catalog {
        var linker = CatalogLinker(problems: problems, missing: missing)
        linker.areDefault = phases.map(\.isDefault)
        for (index, phase) in phases.enumerated() { linker.define(phase, index) }
        linker.checkReferences()
        let sources = linker.sources
        MaskRules(sources).check()
        let tables = Dictionary(sources.map { ($0.table.name, $0.table) }) { first, _ in first }
        for (index, phase) in phases.enumerated() { linker.checkViews(phase, index) }
        for (index, phase) in phases.enumerated() { linker.checkGroups(phase, Array(phases[...index])) }
        return Catalog(
            phases: phases.enumerated().map { linker.resolve($0.element, $0.offset, tables) }, absentPhases: missing)
    }

    private init(problems: ProblemList, missing: [String]) {
        self.problems = problems
        self.missing = missing
    }

    /// Whether only a missing file can define a table: none that is there has a similar name.
    func isMissing(_ hint: String) -> Bool { !missing.isEmpty && hint.isEmpty }

    private mutating func define(_ phase: PhaseDraft, _ index: Int) {
        for entity in phase.entities {
            if case .used(let target, let name, _) = entity.table {
                uses["\(phase.name).\(entity.entity.name)"] = (target, name)
            }
            guard case .defined(let draft) = entity.table else { continue }
            let owner = TableOwner(phase: phase.name, entity: entity.entity.name)
            // The first of its name counts.
            places.tables[draft.table.name] = places.tables[draft.table.name] ?? definitions.count
            for child in draft.children {
                places.children[child.child.name] = places.children[child.child.name] ?? definitions.count
            }
            places.owners["\(owner.phase).\(owner.entity)"] = definitions.count
            definitions.append(Definition(draft: draft, owner: owner, phase: index))
            var claimed: Set<String> = []
            if claim(draft.table.name, owner, at: draft.place) { claimed.insert(draft.table.name) }
            for child in draft.children where claim(child.child.name, owner, at: child.place) {
                claimed.insert(child.child.name)
            }
            if !draft.table.search.isEmpty { _ = claim(draft.table.searchName, owner, at: draft.place) }
            for index in draft.table.allIndexes where claimed.contains(index.table) { claim(index, at: draft.place) }
        }
    }

    /// `idx_a_b_c` is an index of table a on b_c, and one of a_b on c.
    private mutating func claim(_ index: TableIndex, at place: YAMLValue) {
        let what = "the index of \(index.table) on \(index.columns.joined(separator: ", "))"
        if let other = owners[index.name] {
            place.report("\(what): its name \(index.name) is taken by \(other); name the table or a column otherwise")
        } else {
            owners[index.name] = what
        }
    }

    private mutating func claim(_ name: String, _ owner: TableOwner, at place: YAMLValue) -> Bool {
        let here = "\(owner.phase).\(owner.entity)"
        if let other = owners[name] {
            let hint = tables.contains(name) ? ", or say table: {use: \(other)}" : ""
            place.report("table \"\(name)\" is defined by \(other) already; name another\(hint)")
            return false
        }
        owners[name] = here
        tables.insert(name)
        return true
    }

    /// The table with the names of those that its columns refer to by an entity. References into missing phases are left
    /// out: their columns hold ids like any other value.
    private func linked(_ table: Table) -> Table {
        func place(_ name: String?) -> Int? { name.flatMap { places.tables[$0] ?? places.children[$0] } }
        func isDefined(_ name: String?) -> Bool { place(name) != nil }
        func isDefault(_ name: String?) -> Bool { place(name).map { areDefault[definitions[$0].phase] } ?? true }
        func linked(_ column: Column) -> Column {
            var column = column
            if let feeder = column.referenceFeeder { column.references = self.table(filledBy: feeder) }
            if !isDefined(column.references) { (column.references, column.referenceFeeder) = (nil, nil) }
            let isKey = column.references.map { places.tables[$0] != nil } ?? true
            column.isReferenceDeclared = isKey && (!isDefault(table.name) || isDefault(column.references))
            if var typed = column.typedReference {
                for index in typed.targets.indices {
                    guard let feeder = typed.targets[index].feeder else { continue }
                    typed.targets[index].table = self.table(filledBy: feeder)
                }
                typed.targets.removeAll { !isDefined($0.table) }
                column.typedReference = typed.targets.isEmpty ? nil : typed
            }
            return column
        }
        var table = table
        table.columns = table.columns.map(linked)
        for index in table.children.indices {
            table.children[index].columns = table.children[index].columns.map(linked)
        }
        return table
    }

    /// A view belongs into the file of the phase that loads the last of its tables.
    private mutating func checkViews(_ phase: PhaseDraft, _ index: Int) {
        var known: [String: Int] = [:]
        for definition in definitions {
            known[definition.draft.table.name] = definition.phase
            for child in definition.draft.children { known[child.child.name] = definition.phase }
        }
        for view in phase.views {
            if let other = owners[view.view.name] {
                view.place.report("view \"\(view.view.name)\": \(other) has this name already; choose another")
            }
            owners[view.view.name] = "another view"
            for table in view.tables {
                guard let owner = known[table.name] else {
                    let hint = Suggestion.hint(table.name, among: known.keys.sorted())
                    table.place.reportUndefined(
                        "tables: no pipeline file defines a table \"\(table.name.prefix(64))\"\(hint)",
                        isMissing: isMissing(hint))
                    continue
                }
                if owner > index {
                    table.place.report(
                        "tables: \"\(table.name)\" is only filled in a later phase; move the view into that file")
                }
            }
        }
    }

    /// The groups of a list are known before it is begun: by an entity of the same or an earlier phase that has none itself.
    /// - Parameter phases: up to this one.
    private func checkGroups(_ phase: PhaseDraft, _ phases: [PhaseDraft]) {
        for entity in phase.entities {
            for group in entity.groups {
                let lookup = group.grouping.lookup
                let name = "\(lookup.phase).\(lookup.entity)"
                let found = phases.first { $0.name == lookup.phase }?.entities.first { $0.entity.name == lookup.entity }
                guard let found else {
                    let known = phases.flatMap { phase in phase.entities.map { "\(phase.name).\($0.entity.name)" } }
                    group.lookup.reportUndefined(
                        "of: \(name) is no entity of this or an earlier phase" + Suggestion.hint(name, among: known),
                        isMissing: missing.contains(lookup.phase))
                    continue
                }
                if !found.groups.isEmpty {
                    group.lookup.report("of: \(name) is cut into groups itself; name an entity that is not")
                }
                if let list = group.grouping.list, !found.fields.covers([list, "id"]) {
                    group.list?.report(
                        "list: \(name) does not ask for \"\(list).id\"" + found.fields.hint([list, "id"]))
                }
            }
        }
    }

    private func resolve(_ phase: PhaseDraft, _ index: Int, _ tables: [String: Table]) -> Phase {
        let entities = phase.entities.map { draft -> Entity in
            switch draft.table {
            case .broken: return draft.entity
            case .defined(let table):
                checkCoverage(table, draft.fields, at: nil)
                return draft.entity.with(
                    linked(table.table), definedIn: draft.entity.tableDefinedIn, draft.fields, tables)
            case .used(let phaseName, let entityName, let place):
                guard let found = definition(phaseName, entityName, index, place) else { return draft.entity }
                checkCoverage(found.draft, draft.fields, at: place)
                return draft.entity.with(linked(found.draft.table), definedIn: found.owner, draft.fields, tables)
            }
        }
        return Phase(
            name: phase.name, title: phase.title, day: phase.day, order: phase.order, isDefault: phase.isDefault,
            features: phase.features, entities: entities, views: phase.views.map(\.view))
    }

    private func definition(_ phase: String, _ entity: String, _ index: Int, _ place: YAMLValue) -> Definition? {
        guard let found = definitions.first(where: { $0.owner == TableOwner(phase: phase, entity: entity) }) else {
            if let (phase, entity) = uses["\(phase).\(entity)"] {
                place.report("use: that entity uses another definition itself; name that one: \(phase).\(entity)")
                return nil
            }
            let known = definitions.map { "\($0.owner.phase).\($0.owner.entity)" }
            place.reportUndefined(
                "use: \(phase).\(entity) defines no table" + Suggestion.hint("\(phase).\(entity)", among: known),
                isMissing: missing.contains(phase))
            return nil
        }
        if found.phase > index {
            place.report("use: \(phase).\(entity) belongs to a later phase; define the table here and use it there")
        }
        return found
    }

    /// - Parameter place: where to complain, when the table is not defined beside the fields.
    private func checkCoverage(_ table: TableDraft, _ fields: FieldList, at place: YAMLValue?) {
        func check(_ path: [String], _ what: String, _ own: YAMLValue) {
            guard !fields.covers(path) else { return }
            (place ?? own).report(
                "\(what): \"\(path.joined(separator: "."))\" is not among the fields asked for\(fields.hint(path))")
        }
        for column in table.columns { check(column.column.path, "column \"\(column.column.name)\"", column.place) }
        for child in table.children {
            check(child.child.path, "table \"\(child.child.name)\"", child.place)
            guard fields.covers(child.child.path) else { continue }
            for column in child.columns {
                check(child.child.path + column.column.path, "column \"\(column.column.name)\"", column.place)
            }
        }
    }

    private var sources: [MaskRules.Source] {
        definitions.map { MaskRules.Source(draft: $0.draft, table: linked($0.draft.table)) }
    }
}

extension Entity {
    fileprivate func with(
        _ table: Table, definedIn owner: TableOwner, _ asked: FieldList, _ tables: [String: Table]
    ) -> Entity {
        var entity = self
        entity.masks = table.masks(asked, tables: tables)
        entity.table = table
        entity.tableDefinedIn = owner
        return entity
    }
}
