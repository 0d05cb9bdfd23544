/// Checks that what is masked can be masked, and that no other column keeps the plain value.
struct MaskRules {
    /// A table as its file defines it.
    struct Source {
        let draft: TableDraft
        /// The same with its references linked.
        let table: Table
    }

    private let sources: [Source]
    private let tables: [String: Table]

    init(_ sources: [Source]) {
        self.sources = sources
        tables = Dictionary(sources.map { ($0.table.name, $0.table) }) { first, _ in first }
    }

    func check() {
        for source in sources {
            let lists = [([], source.draft.columns)] + source.draft.children.map { ($0.child.path, $0.columns) }
            for (prefix, columns) in lists {
                for column in columns where column.column.mask != nil { check(column, prefix, in: source) }
            }
            checkCopies(source)
        }
    }

    private func check(_ draft: ColumnDraft, _ prefix: [String], in source: Source) {
        let column = draft.column
        let place = draft.mask ?? draft.place
        let key = column.path.last ?? column.name
        if key == Table.keyColumn || key.hasSuffix("_id") || draft.reference != nil {
            place.report("mask: ids and references cannot be masked, since rows are found by them")
        } else if prefix.isEmpty, column.name == Table.versionColumn {
            place.report("mask: updated_at says which version is newer and cannot be masked")
        }
        if column.mask == .sha256, column.type != .text {
            place.report(
                "mask: sha256 makes a text, this column has \(column.type.rawValue); give it type text, or say drop")
        }
        if !column.allowed.isEmpty || column.range != nil || column.pattern != nil {
            place.report("mask: allowed, range and pattern cannot look at a masked value; remove them")
        }
        if column.mask == .drop, column.required {
            place.report("mask: drop leaves nothing that could be required; remove required, or say sha256")
        }
        if prefix.isEmpty {
            for rule in source.table.rules where rule.condition.compares(column.name) {
                place.report("mask: the rule \"\(rule.name)\" compares this column; remove the rule")
            }
            if source.table.search.contains(column.name) {
                place.report("mask: search looks through this column; take it out of search")
            }
        }
        checkOverlaps(column, prefix + column.path, in: source, place)
    }

    /// Another column that reads the field, a field in it, or an object around it would keep the plain value, or lose its own.
    private func checkOverlaps(_ column: Column, _ path: [String], in source: Source, _ place: YAMLValue) {
        for (prefix, columns) in source.table.columnLists {
            for other in columns where other.mask != column.mask {
                let otherPath = prefix + other.path
                let shorter = min(path.count, otherPath.count)
                guard path.prefix(shorter) == otherPath.prefix(shorter) else { continue }
                place.report("mask: the column \"\(other.name)\" reads the same field and needs the same mask")
            }
        }
    }

    /// `matters.client_name` is a copy of `contacts.name` when `client.id` refers to contacts.
    private func checkCopies(_ source: Source) {
        let lists = [source.draft.columns] + source.draft.children.map(\.columns)
        for (columns, linked) in zip(lists, source.table.columnLists.map(\.columns)) {
            for reference in linked {
                for copy in reference.copies(in: tables) {
                    guard let draft = columns.first(where: { $0.column.path == copy.path }),
                        draft.column.mask != copy.mask
                    else { continue }
                    let tables = reference.referencedTables.joined(separator: " or ")
                    let original = "\(tables).\(copy.path.last ?? "")"
                    draft.place.report(
                        "column \"\(draft.column.name)\": is a copy of \(original), which is masked; give it mask: \(copy.mask.rawValue)"
                    )
                }
            }
        }
    }
}

extension RuleCondition {
    /// Whether a comparison looks at the column's value.
    fileprivate func compares(_ column: String) -> Bool {
        switch self {
        case .compare(let left, _, let right): left == .column(column) || right == .column(column)
        case .isNull, .isNotNull: false
        case .and(let left, let right), .or(let left, let right): left.compares(column) || right.compares(column)
        case .not(let inner): inner.compares(column)
        }
    }
}
