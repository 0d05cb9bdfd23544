extension Table {
    /// Everything that decides the tables and indexes in SQLite, as canonical text, a line per fact.
    public var schemaText: String {
        var lines = ["table \(Canonical.quoted(name))"]
        lines += columns.map(Canonical.schemaColumn)
        lines += indexes.map { "index \(Canonical.list($0))" }
        for child in children {
            lines.append("child \(Canonical.quoted(child.name)) parent \(Canonical.quoted(child.parentColumn))")
            lines += child.columns.map { "  " + Canonical.schemaColumn($0) }
            lines += child.indexes.map { "  index \(Canonical.list($0))" }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
