internal import Glibc
public import Pipelines
internal import SQLite
internal import Staging
public import Tables

/// A column, an index or a trigger that others made on a table of ours. It goes with the table.
public struct TableAddition: Sendable, Equatable {
    /// `column`, `index` or `trigger`.
    public let kind: String
    /// Its name.
    public let name: String
    /// The table.
    public let table: String

    /// For a sentence: `column my_flag of matters`.
    public var text: String { "\(kind) \(name) \(kind == "column" ? "of" : "on") \(table)" }
}

extension Loader {
    /// What others made on the tables that end when these entities are taken out: those that nothing else is loaded into.
    /// Changes nothing.
    public func additions(leavingWith entities: [Entity]) throws(LoadError) -> [TableAddition] {
        do {
            guard let size = try Files.size(database), size > 0 else { return [] }
            let opened = try Database.openForReading(database, connection: folder.connection)
            var found: [TableAddition] = []
            var seen: Set<String> = []
            for entity in entities where seen.insert(entity.table.name).inserted {
                let name = entity.table.name
                let stays = try catalog.feeders(ofTable: name).contains { feeder in
                    try !entities.contains(feeder) && !opened.ledger(feeder).isEmpty
                }
                if !stays { found += try opened.additions(to: name) }
            }
            return found
        } catch {
            throw LoadError(error, database: database)
        }
    }
}

extension Database {
    /// What others made on a table and its child tables.
    func additions(to table: String) throws(SQLiteError) -> [TableAddition] {
        guard try loadedSchema(ofTable: table) != nil else { return [] }
        var found: [TableAddition] = []
        for (holder, columns) in try userColumns(onTable: table).sorted(by: { $0.key < $1.key }) {
            found += columns.map { TableAddition(kind: "column", name: $0.name, table: holder) }
        }
        for object in try foreignObjects(on: table) {
            found.append(TableAddition(kind: object.kind, name: object.name, table: object.table))
        }
        return found
    }
}
