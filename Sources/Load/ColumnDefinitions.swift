/// The definitions of the columns in a CREATE TABLE statement, as they are written there.
enum ColumnDefinitions {
    /// The text of each definition by its column's name, for example `"my_flag" INTEGER DEFAULT 0`; constraints of the whole
    /// table come under their first word, which no caller asks for.
    static func read(_ sql: String) -> [String: String] {
        var definitions: [String: String] = [:]
        for part in parts(Array(sql.utf8)) {
            guard let name = name(part[...]) else { continue }
            definitions[name] = String(decoding: part, as: UTF8.self)
        }
        return definitions
    }

    /// The texts between the commas of the first parentheses.
    private static func parts(_ text: [UInt8]) -> [[UInt8]] {
        var parts: [[UInt8]] = []
        var part: [UInt8] = []
        var depth = 0
        var place = 0
        while place < text.count {
            let end = token(text, place)
            let byte = text[place]
            if byte == UInt8(ascii: ")") { depth -= 1 }
            if depth == 0, byte == UInt8(ascii: ")") {
                parts.append(part)
                return parts.map(trimmed)
            }
            if depth == 1, byte == UInt8(ascii: ",") {
                parts.append(part)
                part = []
            } else if depth > 0 {
                part += text[place..<end]
            }
            if byte == UInt8(ascii: "(") { depth += 1 }
            place = end
        }
        return parts.map(trimmed)
    }

    /// The end of what begins here: a quoted name or text, a comment, or one byte.
    private static func token(_ text: [UInt8], _ start: Int) -> Int {
        func end(_ closing: [UInt8], from first: Int) -> Int {
            var place = first
            while place < text.count {
                if text[place...].starts(with: closing) { return place + closing.count }
                place += 1
            }
            return text.count
        }
        switch text[start] {
        case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "`"): return end([text[start]], from: start + 1)
        case UInt8(ascii: "["): return end([UInt8(ascii: "]")], from: start + 1)
        case UInt8(ascii: "-") where text[start...].starts(with: Array("--".utf8)): return end([10], from: start)
        case UInt8(ascii: "/") where text[start...].starts(with: Array("/*".utf8)):
            return end(Array("*/".utf8), from: start + 2)
        default: return start + 1
        }
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }

    private static func trimmed(_ text: [UInt8]) -> [UInt8] {
        var rest = text[...]
        while let first = rest.first {
            if isSpace(first) {
                rest = rest.dropFirst()
            } else if first == UInt8(ascii: "-") || first == UInt8(ascii: "/") {
                // A comment before a definition.
                rest = rest.dropFirst(token(Array(rest), 0))
            } else {
                break
            }
        }
        while rest.last.map(isSpace) == true { rest = rest.dropLast() }
        return Array(rest)
    }

    /// The name that a definition begins with, without its quotes.
    private static func name(_ text: ArraySlice<UInt8>) -> String? {
        guard let first = text.first else { return nil }
        let closing: UInt8? =
            switch first {
            case UInt8(ascii: "\""), UInt8(ascii: "`"), UInt8(ascii: "'"): first
            case UInt8(ascii: "["): UInt8(ascii: "]")
            default: nil
            }
        guard let closing else {
            let word = text.prefix { !isSpace($0) && $0 != UInt8(ascii: "(") }
            return String(decoding: word, as: UTF8.self)
        }
        var name: [UInt8] = []
        var rest = text.dropFirst()
        while let byte = rest.first {
            rest = rest.dropFirst()
            if byte == closing {
                guard rest.first == closing, closing != UInt8(ascii: "]") else { break }
                rest = rest.dropFirst()
            }
            name.append(byte)
        }
        return String(decoding: name, as: UTF8.self)
    }
}
