internal import SQLite
internal import Tables

/// Packed rows that follow each other, with ids that do so too and are all beyond what is in the table.
struct NewRows {
    let first: UnsafeRawPointer
    let end: UnsafeRawPointer
    let count: Int
    let largestID: Int64
    let hasChildren: Bool

    /// Fewer rows than this are quicker one by one.
    private static let shortest = 4

    /// Those at the beginning of a batch's rest; nil: they are too few.
    /// - Parameter known: the largest id in the table.
    init?(from first: UnsafeRawPointer, to end: UnsafeRawPointer, beyond known: Int64) {
        var largestID = known
        var next = first
        var count = 0
        var hasChildren = false
        while next < end, next.load(as: UInt8.self) == RecordTag.row {
            let columns = Int((next + 1).loadUnaligned(as: UInt32.self))
            let row = next + SQLitePackedRows.headerLength
            // After the columns: the id, as nine bytes.
            let id = (row + columns + 1).loadUnaligned(as: Int64.self)
            guard id > largestID else { break }
            largestID = id
            let length = Int((next + 5).loadUnaligned(as: UInt32.self))
            if !hasChildren {
                let versionIsNull = (row + columns + 9).load(as: UInt8.self) == PackedTag.null
                // The sequence is nine bytes, and one zero ends the row.
                hasChildren = columns + 9 + (versionIsNull ? 1 : 9) + 9 + 1 != length
            }
            next = row + length
            count += 1
        }
        guard count >= Self.shortest else { return nil }
        self.first = first
        self.end = next
        self.count = count
        self.largestID = largestID
        self.hasChildren = hasChildren
    }
}
