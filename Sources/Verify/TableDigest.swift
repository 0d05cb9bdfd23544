internal import SQLite
internal import Tables

/// A digest of rows that does not depend on their order: the sums, modulo 2^64, of the two words of the hash of each
/// row's packed values (which carry their types).
struct TableDigest: Equatable {
    private(set) var first: UInt64 = 0
    private(set) var second: UInt64 = 0

    /// Adds a row by its packed values; returns the row's own two words.
    @discardableResult
    mutating func add(packed row: UnsafeRawBufferPointer) -> (Int64, Int64) {
        let words = RowHash.words(row)
        first &+= words.0
        second &+= words.1
        return (Int64(bitPattern: words.0), Int64(bitPattern: words.1))
    }

    /// Adds the words of a row, or the sums of several.
    mutating func add(_ words: (Int64, Int64)) {
        first &+= UInt64(bitPattern: words.0)
        second &+= UInt64(bitPattern: words.1)
    }

    /// The sums, as two words.
    var words: (Int64, Int64) { (Int64(bitPattern: first), Int64(bitPattern: second)) }

    /// 32 hexadecimal digits.
    var hex: String {
        [first, second].map { word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }

    /// The digest of all columns of a table.
    init(of table: String, _ connection: SQLiteConnection) throws(SQLiteError) {
        let rows = try connection.prepare("SELECT * FROM \(quotedIdentifier(table))")
        var values = RowValues()
        while try rows.step() {
            values.read(rows)
            add(packed: values.slice(0..<rows.columnCount))
        }
    }

    /// The digest of no rows.
    init() {}
}
