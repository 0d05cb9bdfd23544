internal import Bytes
internal import Pipelines
internal import SQLite
internal import Tables

/// What one pass over a table and one over each of its indexes find.
struct TableFacts: Sendable {
    /// The digest of the columns that count; nil when one of them is missing.
    var digest: TableDigest?
    /// A sum for each summed column.
    var sums: [ExactSum] = []
    /// How many faults there are between the table and its indexes.
    var indexProblems = 0
}

/// One table to read on its own connection, in one transaction.
///
/// The indexes are compared with the table by digests: the table's rows say which entries each index must have, and a
/// pass over the index what it has, in which order, and whether a unique key occurs twice. That is what
/// `PRAGMA integrity_check` establishes with a lookup for each row in each index, which is many times slower in a large
/// table. The pragma checks the tables that have other kinds of indexes.
struct TableScan: Sendable {
    let database: String
    let table: String
    /// The columns that count, in order.
    let columns: [String]
    /// Those of them to add up.
    let summed: [String]

    func run(isStopped: @escaping @Sendable () -> Bool, _ isCancelled: () -> Bool) throws -> TableFacts {
        let connection = try SQLiteConnection(path: database, mode: .readOnly)
        connection.stopWaiting(when: isStopped)
        do {
            return try connection.transaction(.deferred) { try scan(connection, isCancelled) }
        } catch let error as SQLiteError where columns.isEmpty && error.kind == .corrupt {
            return TableFacts(indexProblems: 1)
        }
    }

    private func scan(_ connection: SQLiteConnection, _ isCancelled: () -> Bool) throws -> TableFacts {
        let present = try connection.rows("PRAGMA table_info(\(quotedIdentifier(table)))").compactMap { $0[1].string }
        let isWhole = columns.allSatisfy(present.contains)
        let rowid = ["rowid", "_rowid_", "oid"].first { name in
            !present.contains { $0.lowercased() == name }
        }
        let shapes = try rowid == nil ? nil : IndexShape.all(of: table, connection)
        var facts = TableFacts(sums: summed.map { _ in ExactSum() })
        let read = columns.filter(present.contains)
        var expected: [IndexDigest] = []
        if !read.isEmpty || shapes?.isEmpty == false {
            expected = try readRows(read, shapes ?? [], rowid, connection, &facts)
        }
        if !isWhole { facts.digest = nil }
        if isCancelled() { throw CancellationError() }
        guard let shapes, let rowid else {
            facts.indexProblems = try problems(connection)
            return facts
        }
        for (shape, wanted) in zip(shapes, expected) {
            if isCancelled() { throw CancellationError() }
            do {
                guard let entries = try shape.entries(of: table, rowid: rowid, connection) else {
                    facts.indexProblems = try problems(connection)
                    return facts
                }
                var actual = IndexDigest(shape)
                try actual.read(entries)
                facts.indexProblems += actual.problems + (actual.entries == wanted.entries ? 0 : 1)
            } catch let error as SQLiteError where error.kind == .corrupt {
                facts.indexProblems += 1
            }
        }
        return facts
    }

    /// One pass over the rows: the digest and the sums of the columns, and the entries that each index must have.
    private func readRows(
        _ columns: [String], _ shapes: [IndexShape], _ rowid: String?, _ connection: SQLiteConnection,
        _ facts: inout TableFacts
    ) throws -> [IndexDigest] {
        var names = columns
        for column in shapes.flatMap(\.columns) where !names.contains(column) { names.append(column) }
        let list = names.map(quotedIdentifier) + (rowid.map { [$0] } ?? [])
        let rows = try connection.prepare(
            "SELECT \(list.joined(separator: ", ")) FROM main.\(quotedIdentifier(table)) NOT INDEXED")
        var places: [(column: Int, sum: Int)] = []
        for (sum, name) in summed.enumerated() {
            if let column = columns.firstIndex(of: name) { places.append((column, sum)) }
        }
        let keys = shapes.map { shape in shape.columns.compactMap(names.firstIndex) }
        var indexes = shapes.map(IndexDigest.init)
        var values = RowValues()
        var entry = ByteBuffer()
        var digest = TableDigest()
        while try rows.step() {
            values.read(rows)
            if !columns.isEmpty { digest.add(packed: values.slice(0..<columns.count)) }
            for (column, sum) in places {
                switch rows.storageClass(at: column) {
                case .integer: facts.sums[sum].add(rows.int64(at: column))
                case .real: facts.sums[sum].add(rows.double(at: column))
                case .null, .text, .blob: break
                }
            }
            for index in indexes.indices {
                let key = keys[index]
                if shapes[index].isPartial, values.isNull(key[0]) { continue }
                entry.removeAll()
                for column in key { entry.append(values.slice(column..<column + 1)) }
                entry.append(values.slice(names.count..<names.count + 1))
                indexes[index].entries.add(packed: entry.bytes)
            }
        }
        facts.digest = digest
        return indexes
    }

    /// What SQLite itself finds about this table and its indexes.
    private func problems(_ connection: SQLiteConnection) throws -> Int {
        // The lookups of the pragma need the index pages again and again.
        try connection.setPragma("cache_size", to: "-16384")
        let answers = try connection.rows("PRAGMA integrity_check(\(quotedIdentifier(table)))").compactMap {
            $0[0].string
        }
        return answers == ["ok"] ? 0 : answers.count
    }
}
