/// Markup that is safe by its type: what is written in the source is markup, what is interpolated is text.
///
/// ```swift
/// let name = "<b>"
/// let html: HTML = "<td>\(name)</td>"      // <td>&lt;b&gt;</td>
/// ```
struct HTML: Sendable, Equatable, ExpressibleByStringInterpolation {
    private(set) var text: String

    init(stringLiteral value: String) { text = value }
    init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }

    /// Nothing.
    static let empty: HTML = ""

    static func + (one: HTML, other: HTML) -> HTML {
        var sum = one
        sum.text += other.text
        return sum
    }

    static func += (one: inout HTML, other: HTML) { one.text += other.text }

    /// Pieces one after the other.
    static func join(_ pieces: some Sequence<HTML>, separator: HTML = .empty) -> HTML {
        var sum = HTML.empty
        var isFirst = true
        for piece in pieces {
            if !isFirst { sum += separator }
            sum += piece
            isFirst = false
        }
        return sum
    }

    struct StringInterpolation: StringInterpolationProtocol {
        var text = ""

        init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity + interpolationCount * 16)
        }

        mutating func appendLiteral(_ literal: String) { text += literal }
        mutating func appendInterpolation(_ html: HTML) { text += html.text }
        mutating func appendInterpolation(_ value: String) { text += HTML.escape(value) }
        mutating func appendInterpolation(_ value: Int) { text += String(value) }
    }

    /// Texts are cut after this many characters: a message from outside must not fill the page.
    private static let mostCharacters = 600

    /// Text as markup that shows it, in an element or a quoted attribute: characters that steer a terminal, or turn the
    /// direction of writing, are shown by their number.
    static func escape(_ value: String) -> String {
        var result = ""
        result.reserveCapacity(value.utf8.count)
        var count = 0
        for scalar in value.unicodeScalars {
            count += 1
            if count > mostCharacters {
                result += "…"
                break
            }
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "\n", "\t", "\r": result += " "
            default:
                switch scalar.value {
                case 0..<0x20, 0x7F..<0xA0, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF,
                    0xE0000...0xE007F:
                    result += "\\u{\(String(scalar.value, radix: 16))}"
                default: result.unicodeScalars.append(scalar)
                }
            }
        }
        return result
    }
}
