/// Splits a condition into words, values and symbols.
struct ConditionLexer {
    struct Token {
        enum Kind: Equatable {
            /// A name, or a keyword in lower case.
            case word(String)
            /// A name in double quotes.
            case key(String)
            case text(String)
            case integer(Int64)
            case decimal(Double)
            case comparison(Condition.Comparison)
            /// One of `( ) [ ] .`
            case symbol(Character)
            case end
        }

        let kind: Kind
        /// Characters before it.
        let column: Int
    }

    static let keywords: Set = ["and", "or", "not", "is", "null", "true", "false"]
    private static let comparisons: [String: Condition.Comparison] = [
        "=": .equal, "==": .equal, "!=": .notEqual, "<>": .notEqual, "<": .less, "<=": .lessOrEqual, ">": .greater,
        ">=": .greaterOrEqual, "~": .contains,
    ]

    private let characters: [Character]
    private var index = 0

    init(_ text: String) { characters = Array(text) }

    /// All tokens; the last one is the end.
    mutating func tokens() throws(ConditionError) -> [Token] {
        var tokens: [Token] = []
        while index < characters.count {
            let start = index
            let character = characters[index]
            if character.isWhitespace {
                index += 1
                continue
            }
            let kind: Token.Kind
            if character == "'" {
                kind = .text(try quoted())
            } else if character == "\"" {
                kind = .key(try quoted())
            } else if isDigit(index) || (character == "-" && isDigit(index + 1)) {
                kind = try number()
            } else if isName(character) {
                kind = word()
            } else {
                kind = try symbol()
            }
            tokens.append(Token(kind: kind, column: start))
        }
        tokens.append(Token(kind: .end, column: characters.count))
        return tokens
    }

    private mutating func word() -> Token.Kind {
        let start = index
        while index < characters.count, isName(characters[index]) { index += 1 }
        let word = String(characters[start..<index])
        return .word(Self.keywords.contains(word.lowercased()) ? word.lowercased() : word)
    }

    private mutating func number() throws(ConditionError) -> Token.Kind {
        let start = index
        index += 1
        while index < characters.count,
            isName(characters[index]) || characters[index] == "."
                || ("+-".contains(characters[index]) && "eE".contains(characters[index - 1]) && isDigit(index + 1))
        { index += 1 }
        let text = String(characters[start..<index])
        if let integer = Int64(text) { return .integer(integer) }
        guard text.allSatisfy({ $0.isASCII && ($0.isNumber || "+-.eE".contains($0)) }), let decimal = Double(text),
            decimal.isFinite
        else {
            throw ConditionError("\(text.prefix(40)) is no number; a date or a time is text: '2020-01-31'", at: start)
        }
        return .decimal(decimal)
    }

    /// Text between quotes; the quote itself is written twice.
    private mutating func quoted() throws(ConditionError) -> String {
        let (quote, start) = (characters[index], index)
        var text = ""
        index += 1
        while index < characters.count {
            if characters[index] == quote {
                index += 1
                guard index < characters.count, characters[index] == quote else { return text }
            }
            text.append(characters[index])
            index += 1
        }
        throw ConditionError("the quote is not closed", at: start)
    }

    private mutating func symbol() throws(ConditionError) -> Token.Kind {
        let start = index
        for length in [2, 1] where start + length <= characters.count {
            guard let comparison = Self.comparisons[String(characters[start..<start + length])] else { continue }
            index += length
            return .comparison(comparison)
        }
        guard "()[].".contains(characters[start]) else {
            throw ConditionError("\"\(characters[start])\" is no part of a condition", at: start)
        }
        index += 1
        return .symbol(characters[start])
    }

    private func isDigit(_ place: Int) -> Bool {
        place < characters.count && characters[place].isASCII && characters[place].isNumber
    }

    private func isName(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || character == "_"
    }
}
