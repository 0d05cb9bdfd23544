internal import Bytes
internal import Glibc
internal import SQLite
internal import Tables

/// The values of a statement's current row, packed one after the other. Not Sendable.
struct RowValues: ~Copyable {
    private(set) var bytes = ByteBuffer()
    /// The tag of a blob, which is packed as a text.
    private static let blob: UInt8 = 4
    /// Where each value begins, and where the last one ends.
    private(set) var starts: [Int] = [0]

    /// Replaces the values by those of the statement's row.
    mutating func read(_ row: SQLiteStatement) {
        bytes.removeAll()
        starts.removeAll(keepingCapacity: true)
        for column in 0..<row.columnCount {
            starts.append(bytes.count)
            switch row.storageClass(at: column) {
            case .null: bytes.append(PackedTag.null)
            case .integer: bytes.append(integer: row.int64(at: column))
            case .real: bytes.append(real: row.double(at: column))
            case .text: row.withUTF8(at: column) { bytes.append(text: $0) }
            case .blob:
                let start = bytes.count
                row.withUTF8(at: column) { bytes.append(text: $0) }
                bytes.store(Self.blob, at: start)
            }
        }
        starts.append(bytes.count)
    }

    /// The bytes of a range of values.
    func slice(_ values: Range<Int>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes.bytes[starts[values.lowerBound]..<starts[values.upperBound]])
    }

    /// Whether a value is NULL.
    func isNull(_ value: Int) -> Bool { bytes.bytes[starts[value]] == PackedTag.null }

    /// How the first `count` values compare with those of another row as SQLite sorts them, with the collation BINARY:
    /// negative, 0 or positive.
    func compare(_ other: borrowing RowValues, descending: [Bool]) -> Int {
        for index in descending.indices {
            let order = Self.compare(slice(index..<index + 1), other.slice(index..<index + 1))
            if order != 0 { return descending[index] ? -order : order }
        }
        return 0
    }

    private static func compare(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Int {
        let (one, other) = (left[0], right[0])
        switch (one, other) {
        case (PackedTag.integer, PackedTag.integer): return order(integer(left), integer(right))
        case (PackedTag.real, PackedTag.real): return order(real(left), real(right))
        case (PackedTag.integer, PackedTag.real): return compare(integer(left), real(right))
        case (PackedTag.real, PackedTag.integer): return -compare(integer(right), real(left))
        case (PackedTag.text, PackedTag.text), (blob, blob):
            let common = min(left.count, right.count) - 5
            if common > 0, let start = left.baseAddress, let second = right.baseAddress {
                let result = memcmp(start + 5, second + 5, common)
                if result != 0 { return Int(result) }
            }
            return order(left.count, right.count)
        default:
            // NULL, then numbers, then text, then blobs.
            return order(rank(one), rank(other))
        }
    }

    private static func rank(_ tag: UInt8) -> Int {
        switch tag {
        case PackedTag.null: 0
        case PackedTag.text: 2
        case blob: 3
        default: 1
        }
    }

    private static func order<Value: Comparable>(_ left: Value, _ right: Value) -> Int {
        left < right ? -1 : left > right ? 1 : 0
    }

    /// Exact beyond 2^53, too.
    private static func compare(_ integer: Int64, _ real: Double) -> Int {
        let rounded = order(Double(integer), real)
        guard rounded == 0 else { return rounded }
        // 2^63 is the only double in question that is no `Int64`.
        return Int64(exactly: real).map { order(integer, $0) } ?? -1
    }

    private static func integer(_ value: UnsafeRawBufferPointer) -> Int64 {
        value.loadUnaligned(fromByteOffset: 1, as: Int64.self)
    }

    private static func real(_ value: UnsafeRawBufferPointer) -> Double {
        value.loadUnaligned(fromByteOffset: 1, as: Double.self)
    }
}
