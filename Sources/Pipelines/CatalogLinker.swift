/// Ties the files together: tables that are named elsewhere, references, and whether every column's value is asked for.
struct CatalogLinker {
    /// A table under its name: where it is defined, and how far an onboarding is by then.
    private struct Definition {
        let draft: TableDraft
        let owner: TableOwner
        let phase: Int
    }

    private let problems: ProblemList
    /// Phases that are named and have no file.
    private let missing: [String]
    private var definitions: [Definition] = []
    /// The place of each table in `definitions`, by its name, by that of a child table, and by "phase.entity": every column is
    /// looked up.
    private var places: (tables: [String: Int], children: [String: Int], owners: [String: Int]) = ([:], [:], [:])
    /// Whether a run that names no phase includes each phase.
    private var areDefault: [Bool] = []
    /// Who has a name already: tables, child tables, indexes and views share one space of names.
    private var owners: [String: String] = [:]
    /// Of these, the names of tables.
    private var tables: Set<String> = []
    /// The entities that name another definition, and which.
    private var uses: [String: (phase: String, entity: String)] = [:]

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
    private func isMissing(_ hint: String) -> Bool { !missing.isEmpty && hint.isEmpty }

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

    private func checkReferences() {
        for definition in definitions {
            for columns in [definition.draft.columns] + definition.draft.children.map(\.columns) {
                for column in columns {
                    if let typed = column.typed {
                        check(typed, of: column.column, among: columns)
                    } else if let place = column.reference {
                        checkTarget(
                            column.column.references, column.column.referenceFeeder, column.column, "references", place)
                    }
                }
            }
        }
    }

    /// Each type leads to a table; the column with the type is beside the id.
    private func check(_ draft: TypedReferenceDraft, of column: Column, among columns: [ColumnDraft]) {
        for target in draft.reference.targets {
            guard let place = draft.places[target.type] else { continue }
            checkTarget(target.table, target.feeder, column, "to", place)
        }
        guard let type = columns.first(where: { $0.column.name == draft.reference.by })?.column else {
            draft.by.report(
                "by: there is no column \"\(draft.reference.by.prefix(64))\" beside this one"
                    + Suggestion.hint(draft.reference.by, among: columns.map(\.column.name)))
            return
        }
        if type.type != .text || type.mask != nil {
            draft.by.report("by: \(type.name) says which table an id is of: it needs type text and no mask")
        }
        guard !type.allowed.isEmpty else { return }
        for target in draft.reference.targets where !type.allowed.contains(target.type) {
            draft.places[target.type]?.report(
                "to: \(type.name) is never \"\(target.type.prefix(64))\""
                    + Suggestion.hint(target.type, among: type.allowed))
        }
    }

    /// The table is there, and its key has the column's type. A table of a missing phase is nothing to check: a firm may do
    /// without that phase.
    private func checkTarget(
        _ table: String?, _ feeder: TableOwner?, _ column: Column, _ key: String, _ place: YAMLValue
    ) {
        guard let name = referencedTable(table, feeder, key, place) else { return }
        let id: Column?
        if let target = places.tables[name] {
            id = definitions[target].draft.table.column(named: Table.keyColumn)
        } else if let child = child(named: name) {
            guard let found = indexedKey(of: child, key, place) else { return }
            id = found
        } else {
            let hint = Suggestion.hint(name, among: definitions.map(\.draft.table.name))
            if isMissing(hint) { return }
            place.report("\(key): no pipeline file defines a table \"\(name.prefix(64))\"\(hint)")
            return
        }
        guard let id, id.type != column.type else { return }
        let fits =
            switch (id.type, column.type) {
            case (.text, .json): true
            // Ids that are numbers in one place and texts in another are compared as texts.
            case (.text, .integer): column.typedReference != nil
            // SQLite compares a text with a number as a number.
            case (.integer, .text): column.typedReference == nil
            default: false
            }
        if !fits {
            place.report("\(key): \(name).id has type \(id.type.rawValue), this column has \(column.type.rawValue)")
        }
    }

    private func child(named name: String) -> ChildTable? {
        places.children[name].flatMap { definitions[$0].draft.table.children.first { $0.name == name } }
    }

    /// The id of a nested list's elements, by which they are looked up one by one; nil after a complaint.
    private func indexedKey(of child: ChildTable, _ key: String, _ place: YAMLValue) -> Column? {
        guard let id = child.columns.first(where: { $0.name == Table.keyColumn }) else {
            place.report("\(key): the rows of \(child.name) have no column \(Table.keyColumn)")
            return nil
        }
        guard child.indexes.contains(where: { $0.first == Table.keyColumn }) else {
            place.report("\(key): \(child.name) has no index that begins with id; add to it: indexes: [[id]]")
            return nil
        }
        return id
    }

    /// The table that a column refers to, by its name or by an entity that fills it; nil after a complaint, and for an
    /// entity of a missing phase.
    private func referencedTable(_ table: String?, _ feeder: TableOwner?, _ key: String, _ place: YAMLValue) -> String?
    {
        guard let feeder else { return table }
        if let name = self.table(filledBy: feeder) { return name }
        let name = "\(feeder.phase).\(feeder.entity)"
        let known = definitions.map { "\($0.owner.phase).\($0.owner.entity)" } + uses.keys.sorted()
        // Of an entity that uses a table of a missing file.
        let source = uses[name]?.phase ?? feeder.phase
        guard !missing.contains(source) else { return nil }
        place.report("\(key): no pipeline file defines an entity \(name)\(Suggestion.hint(name, among: known))")
        return nil
    }

    private func table(filledBy entity: TableOwner) -> String? {
        var owner = "\(entity.phase).\(entity.entity)"
        if let used = uses[owner] { owner = "\(used.phase).\(used.entity)" }
        return places.owners[owner].map { definitions[$0].draft.table.name }
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
