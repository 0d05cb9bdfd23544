/// A query that is kept in the database under a name, for people to begin with.
public struct View: Sendable, Equatable {
    /// The SQL name.
    public let name: String
    /// What people see.
    public let title: String
    /// A sentence about it.
    public let description: String?
    /// The tables that it reads, child tables too: it is there once all of them are.
    public let tables: [String]
    /// One SELECT statement of SQLite's, without a semicolon; with `columns`, it has `{columns}` where these go.
    public let sql: String
    /// The columns that the data name, if it has any.
    public let columns: ViewColumns?
    /// Its place in the file, for messages: `NAME.yaml:12:5`.
    public let place: String

    /// A view from its parts; nothing is checked here.
    public init(
        name: String, title: String, description: String?, tables: [String], sql: String, columns: ViewColumns? = nil,
        place: String
    ) {
        self.name = name
        self.title = title
        self.description = description
        self.tables = tables
        self.sql = sql
        self.columns = columns
        self.place = place
    }
}
