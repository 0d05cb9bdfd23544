/// The parameters of a request, decoded, in the order in which they came.
struct Query: Sendable {
    var items: [(name: String, value: String)] = []

    init() {}

    /// Reads `a=b&c=d`, percent-encoded or not; a plus stands for a space.
    init(encoded: String) {
        items = encoded.split(separator: "&", omittingEmptySubsequences: true).map { pair in
            let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (Query.decoded(halves[0]), halves.count > 1 ? Query.decoded(halves[1]) : "")
        }
    }

    /// The last value of a parameter, as Clio's framework takes it.
    subscript(_ name: String) -> String? {
        items.last { $0.name == name }?.value
    }

    func all(_ name: String) -> [String] {
        items.filter { $0.name == name }.map(\.value)
    }

    func has(_ name: String) -> Bool {
        items.contains { $0.name == name }
    }

    /// The parameters as a link carries them: everything but letters, digits and `-._~` is percent-encoded.
    var encoded: String {
        items.map { "\(Query.encoded($0.name))=\(Query.encoded($0.value))" }.joined(separator: "&")
    }

    static func decoded(_ text: Substring) -> String {
        guard text.utf8.contains(where: { $0 == 0x25 || $0 == 0x2B }) else { return String(text) }
        var bytes: [UInt8] = []
        let source = Array(text.utf8)
        var position = 0
        while position < source.count {
            let byte = source[position]
            if byte == 0x25, position + 2 < source.count, let high = digit(source[position + 1]),
                let low = digit(source[position + 2])
            {
                bytes.append(high << 4 | low)
                position += 3
            } else {
                bytes.append(byte == 0x2B ? 0x20 : byte)
                position += 1
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x37
        case 0x61...0x66: byte - 0x57
        default: nil
        }
    }

    static func encoded(_ text: String) -> String {
        var output = Output()
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: output.byte(byte)
            default:
                output.byte(0x25)
                for half in [byte >> 4, byte & 15] { output.byte(half < 10 ? 0x30 + half : 0x37 + half) }
            }
        }
        return String(decoding: output.bytes, as: UTF8.self)
    }
}
