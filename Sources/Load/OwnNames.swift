internal import SQLite
internal import Tables

/// The names of one kind of object that loads made in a database; no other object of that kind is touched.
///
/// Written in the transaction that makes or drops one: what a killed load left is known to be ours.
struct OwnNames {
    private let key: String
    private let database: Database

    /// - Parameter key: the kind, for example `views`.
    init(_ key: String, _ database: Database) {
        self.key = key
        self.database = database
    }

    func read() throws(SQLiteError) -> Set<String> {
        Set(try database.meta(key).map { $0.split(separator: " ").map(String.init) } ?? [])
    }

    func write(_ names: Set<String>) throws(SQLiteError) {
        try database.setMeta(key, names.sorted().joined(separator: " "))
    }
}
