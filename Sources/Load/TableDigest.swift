internal import Bytes
internal import SQLite

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

    /// The digest of a table as it stands in a database.
    init(of table: String, _ connection: SQLiteConnection) throws(SQLiteError) {
        var sums: [ExactSum] = []
        self = try TableDigest(of: table, connection, summing: [], &sums)
    }

    /// The digest of a table, and in the same pass the sum of each of some columns, as far as the table has them.
    /// - Parameter only: the columns that count; nil: all of them.
    init(
        of table: String, _ connection: SQLiteConnection, only: [String]? = nil, summing names: [String],
        _ sums: inout [ExactSum]
    ) throws(SQLiteError) {
        let list = only?.map(quotedIdentifier).joined(separator: ", ") ?? "*"
        let rows = try connection.prepare("SELECT \(list) FROM \(quotedIdentifier(table))")
        let columns = names.map { name in (0..<rows.columnCount).first { rows.name(of: $0) == name } }
        var bytes = ByteBuffer()
        while try rows.step() {
            bytes.removeAll()
            for column in 0..<rows.columnCount {
                switch rows.storageClass(at: column) {
                case .null: bytes.append(PackedTag.null)
                case .integer: bytes.append(integer: rows.int64(at: column))
                case .real: bytes.append(real: rows.double(at: column))
                case .text, .blob: rows.withUTF8(at: column) { bytes.append(text: $0) }
                }
            }
            add(packed: bytes.bytes)
            for index in columns.indices {
                guard let column = columns[index] else { continue }
                switch rows.storageClass(at: column) {
                case .integer: sums[index].add(rows.int64(at: column))
                case .real: sums[index].add(rows.double(at: column))
                case .null, .text, .blob: break
                }
            }
        }
    }

    /// The digest of no rows.
    init() {}
}
