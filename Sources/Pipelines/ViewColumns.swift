/// Columns of a view that the data name: one for each row of a query, such as a column for each field that a firm defined.
public struct ViewColumns: Sendable, Equatable {
    /// Marks the place of the columns in the query of the view.
    public static let placeholder = "{columns}"
    /// Marks the place of a column's key in `value`.
    public static let key = "{key}"

    /// A SELECT of two columns, the name of a column and its key, in the order of the columns.
    public let names: String
    /// The expression of a column, with `{key}` for its key.
    public let value: String

    /// The columns from their parts; nothing is checked here.
    public init(names: String, value: String) {
        self.names = names
        self.value = value
    }
}
