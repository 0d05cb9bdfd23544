internal import Glibc
internal import JSON
package import Pipelines

/// The keys and types that a clean line of a table must have, prepared for matching by expected order. Not Sendable:
/// the thread that encodes makes its own.
///
/// Fields are plain memory, because arrays and strings cost a retain and a release for each value, which was a fifth
/// of the whole load.
package final class LinePlan {
    /// A key and what its value must be.
    package struct Field {
        package let key: UnsafeRawBufferPointer
        package let type: ColumnType
        /// `,"name":null` as transform writes it, and the same of all columns after it; eight more bytes are readable.
        package let token: UnsafeRawPointer
        /// Bytes of it all.
        package let tokensLength: Int
        /// Bytes of `,"name":`; the first column has no comma.
        package let tokenLength: Int
        /// With `null`.
        package var nullLength: Int { tokenLength + 4 }
        /// Whether it is `updated_at`, which tells versions apart.
        package let isVersion: Bool

        package var name: String { String(decoding: key, as: UTF8.self) }

        /// Whether these are the bytes of the key.
        @inline(__always)
        package func matches(_ other: UnsafeRawBufferPointer) -> Bool {
            guard key.count == other.count, let own = key.baseAddress, let start = other.baseAddress else {
                return key.isEmpty && other.isEmpty
            }
            return memcmp(own, start, other.count) == 0
        }
    }

    /// A child table: the key of its list and its own fields.
    package struct Child {
        package let list: Field
        package let fields: UnsafeBufferPointer<Field>
    }

    package let fields: UnsafeBufferPointer<Field>
    package let children: UnsafeBufferPointer<Child>
    /// The position of `id`.
    package let keyIndex: Int
    /// The position of `updated_at`, or -1.
    package let versionIndex: Int
    package let isKeyInteger: Bool

    /// The texts that the tokens point into.
    private var texts: [UnsafeMutableRawBufferPointer] = []

    package init(_ table: Table) {
        var texts: [UnsafeMutableRawBufferPointer] = []
        fields = Self.fields(table.columns.map { ($0.name, $0.type) }, isMain: true, &texts)
        children = Self.copy(
            table.children.map { child in
                let list = Self.fields([(child.name, .json)], comma: ",", &texts)
                defer { list.deallocate() }
                return Child(list: list[0], fields: Self.fields(child.columns.map { ($0.name, $0.type) }, &texts))
            })
        self.texts = texts
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
        for text in texts { text.deallocate() }
    }

    private static func free(_ fields: UnsafeBufferPointer<Field>) {
        for field in fields { field.key.deallocate() }
        fields.deallocate()
    }

    private static func fields(
        _ columns: [(name: String, type: ColumnType)], comma: String = "", isMain: Bool = false,
        _ texts: inout [UnsafeMutableRawBufferPointer]
    ) -> UnsafeBufferPointer<Field> {
        var bytes: [UInt8] = []
        var starts: [Int] = []
        for column in columns {
            var writer = JSONWriter()
            writer.string(column.name)
            starts.append(bytes.count)
            bytes += Array(((starts.count > 1 ? "," : comma) + writer.text + ":null").utf8)
        }
        let text = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count + 8, alignment: 8)
        text.copyBytes(from: bytes + [UInt8](repeating: 0, count: 8))
        texts.append(text)
        let base = UnsafeRawPointer(text.baseAddress.unsafelyUnwrapped)
        return copy(
            columns.indices.map { index in
                let (name, type) = columns[index]
                let key = UnsafeMutableRawBufferPointer.allocate(byteCount: name.utf8.count, alignment: 1)
                key.copyBytes(from: name.utf8)
                let end = index + 1 < columns.count ? starts[index + 1] : bytes.count
                return Field(
                    key: UnsafeRawBufferPointer(key), type: type, token: base + starts[index],
                    tokensLength: bytes.count - starts[index], tokenLength: end - starts[index] - 4,
                    isVersion: isMain && name == Table.versionColumn && type == .timestamp)
            })
    }

    private static func copy<Element>(_ elements: [Element]) -> UnsafeBufferPointer<Element> {
        let copy = UnsafeMutableBufferPointer<Element>.allocate(capacity: elements.count)
        _ = copy.initialize(from: elements)
        return UnsafeBufferPointer(copy)
    }
}

/// How a record starts in a batch.
///
/// - `row`: the length of the columns and the length of all that follows the two lengths (`UInt32`); the columns, then id,
///   updated_at (milliseconds or null) and sequence again; then child rows, each a byte (index + 1), its position and its
///   columns; then 0.
/// - `reject` and `warn`: id, updated_at, sequence, severity, violations, part, line, record.
/// - `unkeyed`: the same for a reject whose id cannot be an id of the table.
package enum RecordTag {
    package static let row: UInt8 = 1
    package static let reject: UInt8 = 2
    package static let warn: UInt8 = 3
    package static let unkeyed: UInt8 = 4
}
