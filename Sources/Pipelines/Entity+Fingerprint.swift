extension Entity {
    /// Everything that decides what transform makes of a record, as canonical text, a line per fact.
    ///
    /// Titles, descriptions, messages, comments and the layout of the file are no part of it, nor is what is asked of Clio
    /// and how (fields, parameters, batches), nor indexes, which only `Table.schemaText` has.
    public var fingerprintText: String {
        var lines = ["entity \(Canonical.quoted(name))", "table \(Canonical.quoted(table.name))"]
        lines += table.columns.map(Canonical.column)
        for child in table.children {
            lines.append(
                "child \(Canonical.quoted(child.name)) from \(Canonical.list(child.path)) parent "
                    + Canonical.quoted(child.parentColumn))
            lines += child.columns.map { "  " + Canonical.column($0) }
        }
        lines += table.rules.map {
            "rule \(Canonical.quoted($0.name)) \($0.severity.rawValue) \(Canonical.condition($0.condition))"
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
