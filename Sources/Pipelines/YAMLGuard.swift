/// Looks for keys that are no words before the YAML library sees them.
///
/// The library compares keys with each other, and lists of aliases of lists of aliases can take it for ever.
enum YAMLGuard {
    /// The first line in which a list, a block or an alias seems to be a key, or nil. Only files with aliases are looked
    /// at: without them a key cannot be larger than the file.
    static func lineOfListAsKey(_ text: String) -> Int? {
        guard text.utf8.contains(UInt8(ascii: "*")) else { return nil }
        var line = 1
        var quote: UInt8 = 0
        var previous: UInt8 = 10
        var beforeColon: UInt8 = 10
        var isAlias = false
        var isComment = false
        let bytes = Array(text.utf8)
        for (index, byte) in bytes.enumerated() {
            let next = index + 1 < bytes.count ? bytes[index + 1] : 10
            defer { previous = byte }
            if byte == 10 {
                line += 1
                (isComment, isAlias, beforeColon) = (false, false, 10)
                continue
            }
            if isComment { continue }
            if quote != 0 {
                if byte == quote, !(quote == UInt8(ascii: "\"") && previous == UInt8(ascii: "\\")) { quote = 0 }
                continue
            }
            let startsToken =
                (isSpace(previous) || "[{,".utf8.contains(previous)) && "\n[{,:-?".utf8.contains(beforeColon)
            switch byte {
            case UInt8(ascii: "#") where isSpace(previous): isComment = true
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                if startsToken { quote = byte }
                (isAlias, beforeColon) = (false, byte)
            case UInt8(ascii: "*") where startsToken: (isAlias, beforeColon) = (true, byte)
            case UInt8(ascii: "?") where startsToken && isSpace(next): return line
            case UInt8(ascii: ":") where isSpace(next) || "[{,]}\"'*".utf8.contains(next):
                if isAlias || beforeColon == UInt8(ascii: "]") || beforeColon == UInt8(ascii: "}") { return line }
                (isAlias, beforeColon) = (false, byte)
            case UInt8(ascii: ","), UInt8(ascii: "["), UInt8(ascii: "{"): (isAlias, beforeColon) = (false, byte)
            default:
                if isSpace(byte) { continue }
                beforeColon = byte
            }
        }
        return nil
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 || byte == 10 || byte == 13 }
}
