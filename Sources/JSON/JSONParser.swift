internal import CSimdjson
internal import Bytes

/// A reusable parser; each parse overwrites the values of the one before. Not Sendable: one thread at a time.
///
/// simdjson comes first. What it refuses (numbers beyond 64 bits, text that is no Unicode) goes to a lenient parser
/// that marks the values at fault, so that one bad field does not cost the record.
public final class JSONParser {
    private let simd: OpaquePointer?
    private var lenient = LenientParser()
    private var copy = ByteBuffer(capacity: 1 << 12)
    /// Whether simdjson refused the last text, so that it may hold marked values.
    public private(set) var lastWasLenient = false

    /// A parser that allocates no memory until the first parse.
    public init() {
        simd = csj_new()
        precondition(csj_padding() <= ByteBuffer.padding, "simdjson wants more padding than ByteBuffer keeps")
    }

    deinit { csj_free(simd) }

    /// Parses one document in place; `ByteBuffer.padding` bytes after it must be readable.
    /// - Throws: `JSONError` when the text is no JSON at all.
    public func parse(_ json: UnsafeRawBufferPointer) throws(JSONError) -> JSONValue {
        let json = Self.withoutMark(json)
        guard let start = json.baseAddress?.assumingMemoryBound(to: CChar.self), json.count > 0 else {
            throw JSONError(offset: 0, message: "nothing where JSON should be")
        }
        if let simd, csj_parse(simd, start, json.count) == 0, let tape = csj_tape(simd), let strings = csj_strings(simd)
        {
            lastWasLenient = false
            // tape[0] is the root.
            return JSONValue(tape: tape, strings: strings, index: 1)
        }
        lastWasLenient = true
        return try lenient.parse(json)
    }

    /// Cuts the list under `key` of the top object, in the text that was parsed last, into lines: each element without the
    /// white space between its tokens, ended by a line feed.
    ///
    /// It goes from bracket to bracket along the index that the parse made, and looks at no other byte but to copy it.
    /// - Parameters:
    ///   - key: as it is written in the text; of two the last counts.
    ///   - json: what was parsed last.
    /// - Returns: the lines and how many; nil when there is no such list, or when simdjson refused the text, since a string in
    ///   it may hold a raw line feed.
    public func lines(of key: StaticString, in json: UnsafeRawBufferPointer) -> (text: [UInt8], count: Int)? {
        guard let simd, !lastWasLenient, let start = json.baseAddress?.assumingMemoryBound(to: CChar.self) else {
            return nil
        }
        var elements = 0
        var isFound = false
        // A comma or bracket follows each element, which makes room for its line feed; simdjson writes whole blocks.
        let text = [UInt8](unsafeUninitializedCapacity: json.count + ByteBuffer.padding) { room, written in
            guard let base = room.baseAddress else { return }
            let name = UnsafeRawPointer(key.utf8Start).assumingMemoryBound(to: CChar.self)
            isFound = base.withMemoryRebound(to: CChar.self, capacity: room.count) {
                csj_cut(simd, start, json.count, name, key.utf8CodeUnitCount, $0, &written, &elements) != 0
            }
            if !isFound { written = 0 }
        }
        return isFound ? (text, elements) : nil
    }

    /// The text after a byte order mark, which some editors and exports put at the beginning.
    public static func withoutMark(_ json: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        guard json.count >= 3, json[0] == 0xEF, json[1] == 0xBB, json[2] == 0xBF else { return json }
        return UnsafeRawBufferPointer(rebasing: json.dropFirst(3))
    }

    /// Parses bytes that may lack the padding, by copying them.
    public func parse(copying bytes: UnsafeRawBufferPointer) throws(JSONError) -> JSONValue {
        copy.removeAll()
        copy.append(bytes)
        return try parse(copy.bytes)
    }

    /// Parses a text.
    public func parse(_ text: String) throws(JSONError) -> JSONValue {
        copy.removeAll()
        copy.append(text)
        return try parse(copy.bytes)
    }
}
