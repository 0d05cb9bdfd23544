internal import JSON
public import Pipelines
public import Staging
internal import Tables

/// What the pipeline files know about tables, views and columns, in the form that Datasette reads.
public struct DatasetteMetadata {
    private let catalog: Catalog

    /// The metadata of these pipeline files.
    public init(_ catalog: Catalog) { self.catalog = catalog }

    /// Where the metadata of a database is written: `smith.sqlite` has `smith.metadata.json` beside it.
    public static func path(database: String) -> String { stem(database) + ".metadata.json" }

    /// Writes the file (0600) beside the database, in one step.
    /// - Returns: its path.
    @discardableResult
    public func write(database: String) throws(StagingError) -> String {
        let path = Self.path(database: database)
        if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
            try Files.createFolder(String(path[..<slash]))
        }
        try Files.write(Array((json(database: database) + "\n").utf8), to: path)
        return path
    }

    /// The metadata as one JSON object.
    /// - Parameter database: its file's name without `.sqlite` is Datasette's name of the database.
    public func json(database: String) -> String {
        let name = Self.stem(database).split(separator: "/").last.map(String.init) ?? "default"
        var line = JSONWriter()
        line.beginObject()
        line.key("databases")
        line.beginObject()
        line.key(name)
        line.beginObject()
        text("description", "A firm's Clio Manage account, loaded by cliosync.", &line)
        line.key("tables")
        line.beginObject()
        let labels = Dictionary(catalog.tables.map { ($0.name, $0.label) }) { first, _ in first }
        for table in SchemaDescription(catalog).tables { write(table, label: labels[table.name] ?? nil, &line) }
        for hidden in ["meta", "tables", "ledger", "entities", "feeders", "columns"]
            + catalog.tables.map({ "rows_\($0.name)" })
        {
            line.key("_cliosync_" + hidden)
            line.beginObject()
            line.key("hidden")
            line.bool(true)
            line.endObject()
        }
        for _ in 0..<4 { line.endObject() }
        return line.text
    }

    private func write(_ table: DescribedTable, label: String?, _ line: inout JSONWriter) {
        line.key(table.name)
        line.beginObject()
        text("title", table.title, &line)
        if let description = table.description { text("description", description, &line) }
        if let label { text("label_column", label, &line) }
        let described = table.columns.compactMap { column in column.words.map { (column.name, $0) } }
        if !described.isEmpty {
            line.key("columns")
            line.beginObject()
            for (column, words) in described { text(column, words, &line) }
            line.endObject()
        }
        line.endObject()
    }

    private func text(_ key: String, _ value: String, _ line: inout JSONWriter) {
        line.key(key)
        line.string(value)
    }

    private static func stem(_ database: String) -> String {
        for suffix in [".sqlite", ".sqlite3", ".db"] where database.hasSuffix(suffix) {
            return String(database.dropLast(suffix.count))
        }
        return database
    }
}
