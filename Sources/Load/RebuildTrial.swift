internal import Pipelines
internal import SQLite
internal import Tables

/// Tries in memory, before a table is built anew, whether what others made on it fits the new one.
///
/// Only what works now can break: an object that fails on the present table as well is not looked at.
struct RebuildTrial {
    private let database: Database
    private let table: Table
    private let live: SQLiteConnection
    private let memory: SQLiteConnection
    /// Our columns that the new tables do not have any more, by table.
    private let dropped: [String: Set<String>]
    private let own: Set<String>

    private struct Item {
        let kind: String
        let name: String
        let table: String
        let sql: String
    }

    init(_ database: Database, _ table: Table) throws {
        self.database = database
        self.table = table
        live = database.connection
        memory = try SQLiteConnection(path: ":memory:", mode: .create)
        try memory.setPragma("legacy_alter_table", to: "ON")
        own = try ViewSet.own(database).read().union(["flagged_violations"])
        var dropped: [String: Set<String>] = [:]
        var wanted = [table.name: Set(table.columns.map(\.name))]
        for child in table.children {
            wanted[child.name] = Set(child.columns.map(\.name) + [child.parentColumn, "position"])
        }
        for (name, columns) in try database.ownColumns(ofTable: table.name) ?? [:] {
            dropped[name] = columns.subtracting(wanted[name] ?? [])
        }
        self.dropped = dropped
    }

    /// - Parameter ownIndexes: the names of the indexes that a load made.
    func check(ownIndexes: Set<String>?) throws {
        let columns = try database.userColumns(onTable: table.name)
        let items = try items()
        let names = Set([table.name] + table.children.map(\.name))
        let old = Set(dropped.keys).union(names)
        guard
            !columns.isEmpty
                || items.contains(where: {
                    ($0.kind == "view" && !own.contains($0.name)) || $0.kind == "trigger"
                        || ($0.kind == "index" && dropped[$0.table] != nil)
                })
        else { return }
        for item in items where item.kind == "table" && !old.contains(item.name) { try? memory.execute(item.sql) }
        for statement in TableSchema(table: table).create(.live) { try memory.execute(statement) }
        try addColumns(columns)
        for item in items where item.kind == "index" && dropped[item.table] != nil {
            let isOurs = ownIndexes?.contains(item.name) ?? item.name.hasPrefix("idx_\(item.table)_")
            if !isOurs { try attempt(item) { try memory.execute(item.sql) } }
        }
        let views = items.filter { $0.kind == "view" }
        for view in views { try? memory.execute(view.sql) }
        for view in views where !own.contains(view.name) {
            let sql = "SELECT * FROM \(quotedIdentifier(view.name))"
            if (try? live.prepare(sql)) != nil { try attempt(view) { _ = try memory.prepare(sql) } }
        }
        for trigger in items where trigger.kind == "trigger" { try check(trigger, old) }
    }

    private func addColumns(_ found: [String: [UserColumn]]) throws {
        for (name, columns) in found.sorted(by: { $0.key < $1.key }) {
            let isKept = name == table.name || table.children.contains { $0.name == name }
            for column in columns {
                let item = Item(kind: "column", name: column.name, table: name, sql: column.definition)
                guard isKept else { throw refusal(item, "the pipeline file has no table \(name) any more") }
                try attempt(item) {
                    try memory.execute("ALTER TABLE \(quotedIdentifier(name)) ADD COLUMN \(column.definition)")
                }
            }
        }
    }

    private func check(_ trigger: Item, _ old: Set<String>) throws {
        let statements = try dml(trigger.table, live)
        let works = statements.allSatisfy { (try? live.prepare($0)) != nil }
        try attempt(trigger) { try memory.execute(trigger.sql) }
        defer { try? memory.execute("DROP TRIGGER IF EXISTS \(quotedIdentifier(trigger.name))") }
        guard works else { return }
        if let column = lostUpdateColumn(trigger) { throw refusal(trigger, "no such column: \(column)") }
        for statement in try dml(trigger.table, memory) { try attempt(trigger) { _ = try memory.prepare(statement) } }
    }

    /// SQLite does not check the names after `UPDATE OF`: the trigger would stay and never fire.
    private func lostUpdateColumn(_ trigger: Item) -> String? {
        guard let gone = dropped[trigger.table], !gone.isEmpty else { return nil }
        let words = trigger.sql.split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init)
        let head = words.prefix { $0.uppercased() != "ON" }
        guard let start = head.firstIndex(where: { $0.uppercased() == "OF" }) else { return nil }
        return head[start...].first { gone.contains($0) }
    }

    /// One statement of each kind that fires triggers.
    private func dml(_ name: String, _ connection: SQLiteConnection) throws -> [String] {
        let columns = try connection.rows("PRAGMA table_xinfo(\(quotedIdentifier(name)))").filter { $0[6].int == 0 }
            .compactMap { $0[1].string.map(quotedIdentifier) }
        guard !columns.isEmpty else { return [] }
        let table = quotedIdentifier(name)
        return [
            "INSERT INTO \(table)(\(columns.joined(separator: ","))) SELECT \(columns.joined(separator: ",")) FROM \(table)",
            "UPDATE \(table) SET \(columns.map { "\($0) = \($0)" }.joined(separator: ", "))", "DELETE FROM \(table)",
        ]
    }

    private func items() throws -> [Item] {
        try live.rows(
            """
            SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE '\\_cliosync%' ESCAPE '\\'
                AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY type, rowid
            """
        ).compactMap { row in
            guard let kind = row[0].string, let name = row[1].string, let table = row[2].string, let sql = row[3].string
            else { return nil }
            return Item(kind: kind, name: name, table: table, sql: sql)
        }
    }

    private func attempt(_ item: Item, _ work: () throws -> Void) throws {
        do {
            try work()
        } catch let error as SQLiteError {
            throw refusal(item, error.message)
        }
    }

    private func refusal(_ item: Item, _ reason: String) -> LoadError {
        let (what, remedy) =
            switch item.kind {
            case "column":
                (
                    "the column \"\(item.name)\" of \(item.table)",
                    "ALTER TABLE \(item.table) RENAME COLUMN \"\(item.name)\" TO …, or DROP COLUMN"
                )
            default: ("the \(item.kind) \"\(item.name)\"", "DROP \(item.kind.uppercased()) \"\(item.name)\"")
            }
        return LoadError(
            .foreign,
            "\(database.path): table \(table.name) must be built anew, and \(what), which no pipeline file made, does not fit the "
                + "new one (\(reason)); nothing was changed; change it or take it away (\(remedy)), and load again")
    }
}
