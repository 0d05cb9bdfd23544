internal import Pipelines
internal import SQLite
internal import Staging

/// Reads the rows and indexes of tables on another thread. Not Sendable.
final class TableScans {
    private let path: String
    private let work: WorkQueue
    private let stop: StopSignal
    /// By table or child table.
    private var jobs: [String: WorkQueue.Job<TableFacts>] = [:]

    init(_ path: String, _ work: WorkQueue, _ stop: StopSignal) {
        self.path = path
        self.work = work
        self.stop = stop
    }

    /// Begins to read a table and its child tables.
    func begin(_ table: Table) {
        let summed = SummedColumn.all(table)
        let children = table.children.map { ($0.name, [$0.parentColumn, "position"] + $0.columns.map(\.name)) }
        for (name, columns) in [(table.name, table.columns.map(\.name))] + children {
            begin(name, columns: columns, summed: summed.filter { $0.holder == name }.map(\.name))
        }
    }

    /// Begins to compare the indexes of all other tables of the database with their rows.
    func beginIndexes(_ connection: SQLiteConnection) throws {
        for row in try connection.rows("SELECT DISTINCT tbl_name FROM sqlite_schema WHERE type = 'index'") {
            guard let name = row[0].string, jobs[name] == nil else { continue }
            begin(name, columns: [], summed: [])
        }
    }

    private func begin(_ name: String, columns: [String], summed: [String]) {
        let stop = stop
        let scan = TableScan(database: path, table: name, columns: columns, summed: summed)
        jobs[name] = work.add { isCancelled in
            try scan.run(isStopped: { stop.isRequested }) { isCancelled() || stop.isRequested }
        }
    }

    /// What a table or one of its child tables has, once it is read.
    func facts(_ name: String, of table: Table) throws -> TableFacts? {
        if jobs[name] == nil { begin(table) }
        return try jobs[name]?.value()
    }

    /// Problems of all indexes.
    func indexProblems() throws -> Int { try jobs.values.reduce(0) { $0 + (try $1.value().indexProblems) } }
}
