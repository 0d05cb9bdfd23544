internal import Pipelines
internal import SQLite

/// The statement that creates a view. Where the data name columns of it, it differs from firm to firm.
struct ViewStatement {
    /// As many columns as a view gets from the data: SQLite allows 2,000 in all.
    static let maximumColumns = 1_900

    let sql: String

    /// The statement for the rows that are loaded.
    init(_ view: View, _ connection: SQLiteConnection) throws(SQLiteError) {
        guard let columns = view.columns else {
            self.init(view, select: view.sql)
            return
        }
        let statement = try connection.prepare(columns.names)
        guard statement.columnCount == 2 else {
            throw SQLiteError(
                extendedCode: 1,
                message: "columns: names: expected two columns, the name and the key; got \(statement.columnCount)")
        }
        let fixed = try connection.prepare(Self.select(view.sql, adding: []))
        var names = UniqueNames((0..<fixed.columnCount).map(fixed.name(of:)))
        var added: [String] = []
        while try statement.step(), added.count < Self.maximumColumns {
            guard let key = Self.literal(statement.value(at: 1)) else { continue }
            let name = names.next(statement.optionalText(at: 0) ?? "", key: statement.text(at: 1))
            added.append(Self.column(columns, key, name))
        }
        self.init(view, select: Self.select(view.sql, adding: added))
    }

    /// The statement as it is when the data name one column, to ask SQLite whether it is right.
    init(example view: View) {
        let added = view.columns.map { [Self.column($0, "0", "an example of a name")] } ?? []
        self.init(view, select: Self.select(view.sql, adding: added))
    }

    private init(_ view: View, select: String) {
        sql = "CREATE VIEW \(quotedIdentifier(view.name)) AS\n\(select)"
    }

    private static func column(_ columns: ViewColumns, _ key: String, _ name: String) -> String {
        "\(columns.value.replacing(ViewColumns.key, with: key)) AS \(quotedIdentifier(name))"
    }

    private static func select(_ sql: String, adding columns: [String]) -> String {
        sql.replacing(ViewColumns.placeholder, with: columns.map { ",\n  " + $0 }.joined())
    }

    /// A value as SQL text; NULL is the key of nothing.
    private static func literal(_ value: SQLiteValue) -> String? {
        switch value {
        case .integer(let number): String(number)
        case .text(let text): "'" + text.replacing("\0", with: "").replacing("'", with: "''") + "'"
        case .null, .real, .blob: nil
        }
    }
}

/// Names that are different for SQLite and for DuckDB, whatever their letter case.
private struct UniqueNames {
    private static let maximumLength = 200
    private var taken: Set<String>

    init(_ taken: [String]) { self.taken = Set(taken.map { $0.lowercased() }) }

    /// The name that a person gave, in one line; with its key when there is another column of that name.
    mutating func next(_ text: String, key: String) -> String {
        let words = text.split { $0.isWhitespace || $0.isNewline || $0 == "\0" }.joined(separator: " ")
        var name = words.isEmpty ? key : String(words.prefix(Self.maximumLength))
        while !taken.insert(name.lowercased()).inserted { name += " (\(key))" }
        return name
    }
}
