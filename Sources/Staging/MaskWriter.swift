internal import Bytes
internal import Hashing
internal import JSON

/// Copies one JSON text and replaces the values that a mask names. The text is known to be JSON.
struct MaskWriter: ~Copyable {
    private let text: UnsafeRawBufferPointer
    private let hash: KeyedHash
    private let parser = JSONParser()
    private var place = 0

    init(_ text: UnsafeRawBufferPointer, _ hash: KeyedHash) {
        self.text = text
        self.hash = hash
    }

    /// Copies the value that begins here.
    mutating func write(_ node: LayerMask.Node, into out: inout ByteBuffer) {
        copySpace(into: &out)
        switch byte {
        case UInt8(ascii: "["):
            copy(1, into: &out)
            while let next = skipSpace(into: &out), next != UInt8(ascii: "]") {
                if next == UInt8(ascii: ",") { copy(1, into: &out) } else { write(node, into: &out) }
            }
            copy(1, into: &out)
        case UInt8(ascii: "{") where node.replacement == nil: writeObject(node, into: &out)
        default:
            let value = skipValue()
            guard let replacement = node.replacement else { return out.append(value) }
            if replacement == .null || isNull(value) {
                out.append("null" as StaticString)
            } else {
                replace(value, into: &out)
            }
        }
    }

    private mutating func writeObject(_ node: LayerMask.Node, into out: inout ByteBuffer) {
        copy(1, into: &out)
        while let next = skipSpace(into: &out), next != UInt8(ascii: "}") {
            guard next == UInt8(ascii: "\"") else {
                copy(1, into: &out)
                continue
            }
            let key = skipValue()
            out.append(key)
            copySpace(into: &out)
            copy(1, into: &out)
            if let name = (try? parser.parse(copying: key))?.string, let inner = node.members[name] {
                write(inner, into: &out)
            } else {
                copySpace(into: &out)
                out.append(skipValue())
            }
        }
        copy(1, into: &out)
    }

    /// A text by what it says, however it is escaped; anything else by how it is written.
    private func replace(_ value: UnsafeRawBufferPointer, into out: inout ByteBuffer) {
        let parsed = try? parser.parse(copying: value)
        let message: UnsafeRawBufferPointer
        if value.first == UInt8(ascii: "\""), let text = parsed?.utf8 { message = text } else { message = value }
        out.append(UInt8(ascii: "\""))
        out.append(SHA256.hex(hash.authenticate(message)))
        out.append(UInt8(ascii: "\""))
    }

    private var byte: UInt8 { place < text.count ? text[place] : 0 }

    private func isNull(_ value: UnsafeRawBufferPointer) -> Bool { value.first == UInt8(ascii: "n") }

    private mutating func copy(_ count: Int, into out: inout ByteBuffer) {
        let end = min(text.count, place + count)
        out.append(UnsafeRawBufferPointer(rebasing: text[place..<end]))
        place = end
    }

    private mutating func copySpace(into out: inout ByteBuffer) {
        while place < text.count, [0x20, 0x09, 0x0A, 0x0D].contains(text[place]) { copy(1, into: &out) }
    }

    /// The next byte after white space; nil at the end.
    private mutating func skipSpace(into out: inout ByteBuffer) -> UInt8? {
        copySpace(into: &out)
        return place < text.count ? text[place] : nil
    }

    /// Reads the value that begins here; the position is after it then.
    private mutating func skipValue() -> UnsafeRawBufferPointer {
        let start = place
        var depth = 0
        while place < text.count {
            let next = text[place]
            if next == UInt8(ascii: "\"") {
                skipString()
                if depth == 0 { break }
                continue
            }
            if depth == 0, [0x2C, 0x5D, 0x7D, 0x3A, 0x20, 0x09, 0x0A, 0x0D].contains(next) { break }
            if next == UInt8(ascii: "{") || next == UInt8(ascii: "[") { depth += 1 }
            if next == UInt8(ascii: "}") || next == UInt8(ascii: "]") { depth -= 1 }
            place += 1
            if depth == 0, next == UInt8(ascii: "}") || next == UInt8(ascii: "]") { break }
        }
        return UnsafeRawBufferPointer(rebasing: text[start..<place])
    }

    private mutating func skipString() {
        place += 1
        while place < text.count {
            let next = text[place]
            place += next == UInt8(ascii: "\\") ? 2 : 1
            if next == UInt8(ascii: "\"") { break }
        }
        place = min(place, text.count)
    }
}
