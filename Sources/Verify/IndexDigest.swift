internal import SQLite

/// The entries of an index, added up. Not Sendable.
struct IndexDigest {
    /// Over the key and the rowid of each entry.
    var entries = TableDigest()
    /// 1 for entries out of order, and 1 for a unique key that occurs twice.
    private(set) var problems = 0
    private let shape: IndexShape

    init(_ shape: IndexShape) { self.shape = shape }

    /// Reads all entries, in the order of the index.
    mutating func read(_ entries: SQLiteStatement) throws(SQLiteError) {
        var last = RowValues()
        var next = RowValues()
        let key = shape.columns.indices
        // The rowid comes last, and is ascending in any case.
        let descending = shape.descending + [false]
        var isSorted = true
        var isUnique = true
        var isFirst = true
        while try entries.step() {
            next.read(entries)
            self.entries.add(packed: next.slice(0..<key.count + 1))
            if !isFirst {
                if last.compare(next, descending: descending) >= 0 { isSorted = false }
                if shape.isUnique, !key.contains(where: { next.isNull($0) }),
                    last.compare(next, descending: shape.descending) == 0
                {
                    isUnique = false
                }
            }
            isFirst = false
            swap(&last, &next)
        }
        problems = (isSorted ? 0 : 1) + (isUnique ? 0 : 1)
    }
}
