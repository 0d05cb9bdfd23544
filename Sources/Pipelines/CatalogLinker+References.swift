/// References: that each leads to a table that is defined, and to a column by which its rows are found.
extension CatalogLinker {
    func checkReferences() {
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

    func table(filledBy entity: TableOwner) -> String? {
        var owner = "\(entity.phase).\(entity.entity)"
        if let used = uses[owner] { owner = "\(used.phase).\(used.entity)" }
        return places.owners[owner].map { definitions[$0].draft.table.name }
    }
}
