/// Reads a condition: `or` binds least, then `and`, `not`, and comparisons.
struct FilterParser {
    private let text: String
    private var tokens: [Token] = []
    private var position = 0
    private var depth = 0

    private struct Token {
        enum Kind: Equatable {
            case word(String)
            /// A key in double quotes.
            case key(String)
            case text(String)
            case number(String)
            case symbol(String)
            case end
        }

        let kind: Kind
        /// Characters before it.
        let column: Int
    }

    private static let longest = 10_000
    private static let deepest = 100

    init(_ text: String) { self.text = text }

    mutating func parse() throws(ConfigurationError) -> RecordFilter.Condition {
        guard text.count <= Self.longest else { throw ConfigurationError("--where: is longer than 10,000 characters") }
        try tokenize()
        let condition = try or()
        guard tokens[position].kind == .end else { throw unexpected("expected \"and\", \"or\" or the end") }
        return condition
    }

    // MARK: Grammar

    private mutating func or() throws(ConfigurationError) -> RecordFilter.Condition {
        var left = try and()
        while take(word: "or") { left = .or(left, try and()) }
        return left
    }

    private mutating func and() throws(ConfigurationError) -> RecordFilter.Condition {
        var left = try not()
        while take(word: "and") { left = .and(left, try not()) }
        return left
    }

    private mutating func not() throws(ConfigurationError) -> RecordFilter.Condition {
        depth += 1
        defer { depth -= 1 }
        guard depth < Self.deepest else { throw unexpected("is nested too deeply") }
        if take(word: "not") { return .not(try not()) }
        if take(symbol: "(") {
            let inner = try or()
            guard take(symbol: ")") else { throw unexpected("expected \")\"") }
            return inner
        }
        return try comparison()
    }

    private mutating func comparison() throws(ConfigurationError) -> RecordFilter.Condition {
        let start = position
        let left = try operand()
        if take(word: "is") {
            let isNot = take(word: "not")
            guard take(word: "null") else { throw unexpected("expected \"null\"") }
            guard case .path(let path)? = left else {
                throw unexpected("expected a field before \"is null\"", at: start)
            }
            return isNot ? .not(.isNull(path)) : .isNull(path)
        }
        guard case .symbol(let symbol) = tokens[position].kind,
            let comparison = RecordFilter.Comparison(rawValue: symbol == "==" ? "=" : symbol == "<>" ? "!=" : symbol)
        else {
            if case .path(let path)? = left { return .isTrue(path) }
            throw unexpected("expected one of = != < <= > >= ~")
        }
        let place = position
        position += 1
        let right = try operand()
        switch (left, right) {
        case (.some(let left), .some(let right)): return .compare(left, comparison, right)
        case (.path(let path)?, nil), (nil, .path(let path)?):
            // `x = null` asks what SQL writes `x is null`.
            if comparison == .equal { return .isNull(path) }
            if comparison == .notEqual { return .not(.isNull(path)) }
            throw unexpected("null is compared with = or !=", at: place)
        default: throw unexpected("expected a field on one side", at: place)
        }
    }

    /// A field or a value; nil for null.
    private mutating func operand() throws(ConfigurationError) -> RecordFilter.Operand? {
        let token = tokens[position]
        switch token.kind {
        case .word("true"), .word("false"):
            position += 1
            return .literal(.bool(token.kind == .word("true")))
        case .word("null"):
            position += 1
            return nil
        case .word("and"), .word("or"), .word("not"), .word("is"): throw unexpected("expected a field or a value")
        case .word, .key: return .path(try path())
        case .text(let text):
            position += 1
            return .literal(.text(Array(text.utf8)))
        case .number(let text):
            if let integer = Int64(text) {
                position += 1
                return .literal(.integer(integer))
            }
            guard let number = Double(text) else { throw unexpected("is no number") }
            position += 1
            return .literal(.number(number))
        case .symbol, .end: throw unexpected("expected a field or a value")
        }
    }

    private mutating func path() throws(ConfigurationError) -> RecordFilter.Path {
        var path = RecordFilter.Path(steps: [])
        while true {
            switch tokens[position].kind {
            case .word(let name), .key(let name): path.steps.append(.key(name))
            default: throw unexpected("expected a field's name")
            }
            position += 1
            while take(symbol: "[") {
                if case .number(let text) = tokens[position].kind {
                    guard let place = Int(text), place >= 0 else { throw unexpected("expected a place: 0, 1, …") }
                    path.steps.append(.place(place))
                    position += 1
                } else {
                    path.steps.append(.each)
                }
                guard take(symbol: "]") else { throw unexpected("expected \"]\"") }
            }
            guard take(symbol: ".") else { return path }
        }
    }

    private mutating func take(word: String) -> Bool {
        guard tokens[position].kind == .word(word) else { return false }
        position += 1
        return true
    }

    private mutating func take(symbol: String) -> Bool {
        guard tokens[position].kind == .symbol(symbol) else { return false }
        position += 1
        return true
    }

    // MARK: Words

    private mutating func tokenize() throws(ConfigurationError) {
        let characters = Array(text)
        var index = 0
        func isName(_ character: Character) -> Bool { character.isLetter || character.isNumber || character == "_" }
        while index < characters.count {
            let start = index
            let character = characters[index]
            switch character {
            case _ where character.isWhitespace:
                index += 1
                continue
            case "'", "\"":
                let content = try quoted(characters, &index)
                tokens.append(Token(kind: character == "'" ? .text(content) : .key(content), column: start))
            case _
            where isDigit(character)
                || (character == "-" && index + 1 < characters.count && isDigit(characters[index + 1])):
                index += 1
                while index < characters.count,
                    isName(characters[index]) || characters[index] == "."
                        || ("+-".contains(characters[index]) && "eE".contains(characters[index - 1]))
                { index += 1 }
                tokens.append(Token(kind: .number(String(characters[start..<index])), column: start))
            case _ where isName(character):
                while index < characters.count, isName(characters[index]) { index += 1 }
                let word = String(characters[start..<index])
                let known = ["and", "or", "not", "is", "null", "true", "false"].first { $0 == word.lowercased() }
                tokens.append(Token(kind: .word(known ?? word), column: start))
            default:
                let two = String(characters[start..<min(start + 2, characters.count)])
                let symbol = ["!=", "<=", ">=", "==", "<>"].contains(two) ? two : String(character)
                guard "=!<>~()[].".contains(character), symbol != "!" else {
                    throw error("\"\(character)\" is no part of a condition", at: start)
                }
                index += symbol.count
                tokens.append(Token(kind: .symbol(symbol), column: start))
            }
        }
        tokens.append(Token(kind: .end, column: characters.count))
    }

    private func isDigit(_ character: Character) -> Bool { character.isASCII && character.isNumber }

    /// Reads a quoted text; the quote itself is written twice.
    private func quoted(_ characters: [Character], _ index: inout Int) throws(ConfigurationError) -> String {
        let (quote, start) = (characters[index], index)
        var content = ""
        index += 1
        while index < characters.count {
            if characters[index] == quote {
                index += 1
                guard index < characters.count, characters[index] == quote else { return content }
            }
            content.append(characters[index])
            index += 1
        }
        throw error("the quote is not closed", at: start)
    }

    // MARK: Errors

    private func unexpected(_ message: String, at place: Int? = nil) -> ConfigurationError {
        error(message, at: tokens[place ?? position].column)
    }

    private func error(_ message: String, at column: Int) -> ConfigurationError {
        // A line feed or a tab in the condition would move the caret.
        let line = String(text.map { $0.isWhitespace ? " " : $0 })
        return ConfigurationError(
            "--where: \(message)\n  \(line)\n  \(String(repeating: " ", count: column))^")
    }
}
