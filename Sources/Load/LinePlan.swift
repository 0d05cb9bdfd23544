internal import Glibc
internal import JSON
internal import Pipelines

/// The keys and types that a clean line of a table must have, prepared for matching by expected order. Not Sendable:
/// the thread that encodes makes its own.
///
/// Fields are plain memory, because arrays and strings cost a retain and a release for each value, which was a fifth
/// of the whole load.
final class LinePlan {
    /// A key and what its value must be.
    struct Field {
        let key: UnsafeRawBufferPointer
        let type: ColumnType

        var name: String { String(decoding: key, as: UTF8.self) }

        /// Whether these are the bytes of the key.
        @inline(__always)
        func matches(_ other: UnsafeRawBufferPointer) -> Bool {
            guard key.count == other.count, let own = key.baseAddress, let start = other.baseAddress else {
                return key.isEmpty && other.isEmpty
            }
            return memcmp(own, start, other.count) == 0
        }
    }

    /// A child table: the key of its list and its own fields.
    struct Child {
        let list: Field
        let fields: UnsafeBufferPointer<Field>
    }

    let fields: UnsafeBufferPointer<Field>
    let children: UnsafeBufferPointer<Child>
    /// The position of `id`.
    let keyIndex: Int
    /// The position of `updated_at`, or -1.
    let versionIndex: Int
    let isKeyInteger: Bool

    init(_ table: Table) {
        fields = Self.fields(table.columns)
        children = Self.copy(
            table.children.map { Child(list: Self.field($0.name, .json), fields: Self.fields($0.columns)) })
        keyIndex = table.columns.firstIndex { $0.name == Table.keyColumn } ?? 0
        versionIndex =
            table.columns.firstIndex { $0.name == Table.versionColumn && $0.type == .timestamp } ?? -1
        isKeyInteger = table.column(named: Table.keyColumn)?.type == .integer
    }

    deinit {
        for child in children {
            child.list.key.deallocate()
            Self.free(child.fields)
        }
        children.deallocate()
        Self.free(fields)
    }

    private static func free(_ fields: UnsafeBufferPointer<Field>) {
        for field in fields { field.key.deallocate() }
        fields.deallocate()
    }

    private static func fields(_ columns: [Column]) -> UnsafeBufferPointer<Field> {
        copy(columns.map { field($0.name, $0.type) })
    }

    private static func field(_ name: String, _ type: ColumnType) -> Field {
        let bytes = Array(name.utf8)
        let key = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
        key.copyBytes(from: bytes)
        return Field(key: UnsafeRawBufferPointer(key), type: type)
    }

    private static func copy<Element>(_ elements: [Element]) -> UnsafeBufferPointer<Element> {
        let copy = UnsafeMutableBufferPointer<Element>.allocate(capacity: elements.count)
        _ = copy.initialize(from: elements)
        return UnsafeBufferPointer(copy)
    }
}

/// How a record starts in a batch.
///
/// - `row`: the columns, then id, updated_at (milliseconds or null) and sequence again; then child rows, each a byte
///   (index + 1), its position and its columns; then 0.
/// - `reject` and `warn`: id, updated_at, sequence, severity, violations, part, line, record.
/// - `unkeyed`: the same for a reject whose id cannot be an id of the table.
enum RecordTag {
    static let row: UInt8 = 1
    static let reject: UInt8 = 2
    static let warn: UInt8 = 3
    static let unkeyed: UInt8 = 4
}
