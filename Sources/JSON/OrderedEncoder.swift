/// Writes an `Encodable` value as minified JSON, for reports that people and scripts read.
///
/// Members come in the order in which the type encodes them. Keys are in snake case: `startedAt` becomes `started_at`. An optional
/// that is nil is written as `null`; see `OmittedWhenNil` for a member that is left out. A `Double` is rounded to three decimals; see
/// `Unrounded`. Dictionaries by `String` are sorted, and their keys stay as they are.
public struct OrderedEncoder {
    /// An encoder.
    public init() {}

    /// The JSON of a value.
    public func encode(_ value: some Encodable) -> String {
        let node = EncodedNode()
        // No container throws, and the types of reports throw nothing else.
        try? node.encode(value)
        var writer = JSONWriter()
        node.write(to: &writer)
        return writer.text
    }
}

/// A value whose JSON is one object with keys that scripts may rely on.
public protocol JSONReport: Encodable {}

extension JSONReport {
    /// The report as one JSON object.
    public var json: String { OrderedEncoder().encode(self) }
}

/// Part of the JSON that is being built. A nested container may still grow while others are written, so that a tree is built first.
final class EncodedNode: Encoder {
    private enum Content {
        case null
        case bool(Bool)
        case integer(Int64)
        case unsigned(UInt64)
        case double(Double)
        case string(String)
        case raw(String)
        case array([EncodedNode])
        case object([(key: String, value: EncodedNode)])
    }

    private var content = Content.null

    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }
    var elementCount: Int { if case .array(let elements) = content { elements.count } else { 0 } }

    func container<Key: CodingKey>(keyedBy: Key.Type) -> KeyedEncodingContainer<Key> {
        // A class and its superclass may both ask for the container.
        if case .object = content {} else { content = .object([]) }
        return KeyedEncodingContainer(KeyedContainer<Key>(node: self))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        if case .array = content {} else { content = .array([]) }
        return ListContainer(node: self)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { ValueContainer(node: self) }

    func member(_ key: some CodingKey) -> EncodedNode {
        let node = EncodedNode()
        guard case .object(var members) = content else { return node }
        content = .null
        members.append((key is MemberName ? key.stringValue : key.stringValue.inSnakeCase, node))
        content = .object(members)
        return node
    }

    func element() -> EncodedNode {
        let node = EncodedNode()
        guard case .array(var elements) = content else { return node }
        content = .null
        elements.append(node)
        content = .array(elements)
        return node
    }

    func encodeNil() { content = .null }

    // What most members are; a look at what else a value may be takes much longer.
    func encode(_ value: String) { content = .string(value) }
    func encode(_ value: Bool) { content = .bool(value) }
    func encode(_ value: Int) { content = .integer(Int64(value)) }
    func encode(_ value: Double) { content = .double((value * 1000).rounded() / 1000) }

    func encode(_ value: some Encodable) throws {
        switch value {
        case let value as String: encode(value)
        case let value as Bool: encode(value)
        case let value as Double: encode(value)
        case let value as Float: content = .double((Double(value) * 1000).rounded() / 1000)
        case let value as UInt64: content = .unsigned(value)
        case let value as any BinaryInteger: content = .integer(Int64(clamping: value))
        case let value as Unrounded: content = value.wrappedValue.map { .double($0) } ?? .null
        case let value as RawJSON: content = .raw(value.text)
        case let value as any TextKeyed:
            content = .object([])
            for (key, member) in value.sortedMembers { try self.member(MemberName(key)).encode(member) }
        default: try value.encode(to: self)
        }
    }

    func write(to line: inout JSONWriter) {
        switch content {
        case .null: line.null()
        case .bool(let value): line.bool(value)
        case .integer(let value): line.integer(value)
        case .unsigned(let value): line.raw(String(value))
        case .double(let value): line.double(value)
        case .string(let value): line.string(value)
        case .raw(let text): line.raw(text)
        case .array(let elements):
            line.beginArray()
            for element in elements { element.write(to: &line) }
            line.endArray()
        case .object(let members):
            line.beginObject()
            for member in members {
                line.key(member.key)
                member.value.write(to: &line)
            }
            line.endObject()
        }
    }
}

private struct KeyedContainer<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let node: EncodedNode
    var codingPath: [any CodingKey] { [] }

    func encodeNil(forKey key: Key) { node.member(key).encodeNil() }
    func encode(_ value: String, forKey key: Key) { node.member(key).encode(value) }
    func encode(_ value: Bool, forKey key: Key) { node.member(key).encode(value) }
    func encode(_ value: Int, forKey key: Key) { node.member(key).encode(value) }
    func encode(_ value: Double, forKey key: Key) { node.member(key).encode(value) }

    func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
        if let value = value as? any Omittable, value.isOmitted { return }
        try node.member(key).encode(value)
    }

    func encodeIfPresent<T: Encodable>(_ value: T?, forKey key: Key) throws { try optional(value, key) }

    // The protocol's own versions of these leave out what is nil.
    func encodeIfPresent(_ value: Bool?, forKey key: Key) {
        if let value { encode(value, forKey: key) } else { encodeNil(forKey: key) }
    }
    func encodeIfPresent(_ value: String?, forKey key: Key) {
        if let value { encode(value, forKey: key) } else { encodeNil(forKey: key) }
    }
    func encodeIfPresent(_ value: Double?, forKey key: Key) {
        if let value { encode(value, forKey: key) } else { encodeNil(forKey: key) }
    }
    func encodeIfPresent(_ value: Float?, forKey key: Key) throws { try optional(value, key) }
    func encodeIfPresent(_ value: Int?, forKey key: Key) {
        if let value { encode(value, forKey: key) } else { encodeNil(forKey: key) }
    }
    func encodeIfPresent(_ value: Int8?, forKey key: Key) throws { try optional(value, key) }
    func encodeIfPresent(_ value: Int16?, forKey key: Key) throws { try optional(value, key) }
    func encodeIfPresent(_ value: Int32?, forKey key: Key) throws { try optional(value, key) }
    func encodeIfPresent(_ value: Int64?, forKey key: Key) throws { try optional(value, key) }
    func encodeIfPresent(_ value: UInt?, forKey key: Key) throws { try optional(value, key) }
    func encodeIfPresent(_ value: UInt8?, forKey key: Key) throws { try optional(value, key) }
    func encodeIfPresent(_ value: UInt16?, forKey key: Key) throws { try optional(value, key) }
    func encodeIfPresent(_ value: UInt32?, forKey key: Key) throws { try optional(value, key) }
    func encodeIfPresent(_ value: UInt64?, forKey key: Key) throws { try optional(value, key) }

    private func optional(_ value: (some Encodable)?, _ key: Key) throws {
        if let value { try encode(value, forKey: key) } else { encodeNil(forKey: key) }
    }

    func nestedContainer<Nested: CodingKey>(keyedBy: Nested.Type, forKey key: Key) -> KeyedEncodingContainer<Nested> {
        node.member(key).container(keyedBy: Nested.self)
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        node.member(key).unkeyedContainer()
    }

    func superEncoder() -> any Encoder { node.member(MemberName("super")) }
    func superEncoder(forKey key: Key) -> any Encoder { node.member(key) }
}

private struct ListContainer: UnkeyedEncodingContainer {
    let node: EncodedNode
    var codingPath: [any CodingKey] { [] }
    var count: Int { node.elementCount }

    func encodeNil() { node.element().encodeNil() }
    func encode<T: Encodable>(_ value: T) throws { try node.element().encode(value) }

    func nestedContainer<Nested: CodingKey>(keyedBy: Nested.Type) -> KeyedEncodingContainer<Nested> {
        node.element().container(keyedBy: Nested.self)
    }

    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { node.element().unkeyedContainer() }
    func superEncoder() -> any Encoder { node.element() }
}

private struct ValueContainer: SingleValueEncodingContainer {
    let node: EncodedNode
    var codingPath: [any CodingKey] { [] }

    func encodeNil() { node.encodeNil() }
    func encode<T: Encodable>(_ value: T) throws { try node.encode(value) }
}

/// Dictionaries by text: their keys are data.
private protocol TextKeyed {
    var sortedMembers: [(key: String, value: any Encodable)] { get }
}

extension Dictionary: TextKeyed where Key == String, Value: Encodable {
    fileprivate var sortedMembers: [(key: String, value: any Encodable)] {
        sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}

extension String {
    /// `distinctIsExact` as `distinct_is_exact`, `userID` as `user_id`.
    fileprivate var inSnakeCase: String {
        func isCapital(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte) }
        let letters = Array(utf8)
        guard letters.contains(where: isCapital) else { return self }
        var result: [UInt8] = []
        for (index, letter) in letters.enumerated() {
            guard isCapital(letter) else {
                result.append(letter)
                continue
            }
            let follows = index > 0 ? letters[index - 1] : UInt8(ascii: "_")
            // The last capital of several begins a word: `baseURLOfClio`.
            let leads = index + 1 < letters.count && (0x61...0x7A).contains(letters[index + 1])
            if follows != UInt8(ascii: "_"), !isCapital(follows) || leads { result.append(UInt8(ascii: "_")) }
            result.append(letter | 0x20)
        }
        return String(decoding: result, as: UTF8.self)
    }
}
