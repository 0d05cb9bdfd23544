/// Why a row rule's condition cannot be read.
struct RuleError: Error {
    let message: String
}

/// Parses the condition of a row rule.
///
///     condition  = term { "or" term }
///     term       = factor { "and" factor }
///     factor     = "not" factor | "(" condition ")" | operand comparison operand | column "is" ["not"] "null"
///     operand    = column | number | 'text' | true | false
struct RuleParser {
    private enum Token: Equatable {
        case word(String)
        case integer(Int64)
        case decimal(Double)
        case text(String)
        case comparison(RuleComparison)
        case open
        case close
    }

    private static let maximumLength = 1000
    private static let maximumDepth = 20

    private let tokens: [(token: Token, start: Int)]
    private var position = 0
    private var depth = 0

    static func parse(_ text: String) throws(RuleError) -> RuleCondition {
        guard text.utf8.count <= maximumLength else {
            throw RuleError(message: "is longer than \(maximumLength) characters")
        }
        var parser = RuleParser(tokens: try tokens(text))
        let condition = try parser.condition()
        if parser.position < parser.tokens.count { throw parser.unexpected("and, or, or the end") }
        return condition
    }

    private init(tokens: [(token: Token, start: Int)]) {
        self.tokens = tokens
    }

    private mutating func condition() throws(RuleError) -> RuleCondition {
        var left = try term()
        while take(keyword: "or") { left = .or(left, try term()) }
        return left
    }

    private mutating func term() throws(RuleError) -> RuleCondition {
        var left = try factor()
        while take(keyword: "and") { left = .and(left, try factor()) }
        return left
    }

    private mutating func factor() throws(RuleError) -> RuleCondition {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.maximumDepth else { throw RuleError(message: "is nested too deeply") }
        if take(keyword: "not") { return .not(try factor()) }
        if peek == .open {
            position += 1
            let inner = try condition()
            guard peek == .close else { throw unexpected(")") }
            position += 1
            return inner
        }
        let left = try operand()
        if take(keyword: "is") {
            let isNot = take(keyword: "not")
            guard take(keyword: "null") else { throw unexpected(isNot ? "null" : "null or not null") }
            guard case .column(let name) = left else { throw RuleError(message: "only a column can be null") }
            return isNot ? .isNotNull(column: name) : .isNull(column: name)
        }
        guard case .comparison(let comparison)? = peek else { throw unexpected("=, !=, <, <=, >, >= or is") }
        position += 1
        return .compare(left, comparison, try operand())
    }

    private mutating func operand() throws(RuleError) -> RuleOperand {
        let operand: RuleOperand
        switch peek {
        case .word(let word):
            switch word.lowercased() {
            case "true": operand = .boolean(true)
            case "false": operand = .boolean(false)
            case "null": throw RuleError(message: "nothing equals null; write: is null, or: is not null")
            case "and", "or", "not", "is": throw unexpected("a column or a value")
            default: operand = .column(word)
            }
        case .integer(let number): operand = .integer(number)
        case .decimal(let number): operand = .decimal(number)
        case .text(let text): operand = .text(text)
        default: throw unexpected("a column or a value")
        }
        position += 1
        return operand
    }

    private var peek: Token? { position < tokens.count ? tokens[position].token : nil }

    private mutating func take(keyword: String) -> Bool {
        guard case .word(let word)? = peek, word.lowercased() == keyword else { return false }
        position += 1
        return true
    }

    private func unexpected(_ expected: String) -> RuleError {
        guard position < tokens.count else { return RuleError(message: "expected \(expected) at the end") }
        return RuleError(message: "expected \(expected) at character \(tokens[position].start + 1)")
    }

    private static func tokens(_ text: String) throws(RuleError) -> [(token: Token, start: Int)] {
        let letters = Array(text.unicodeScalars)
        var tokens: [(token: Token, start: Int)] = []
        var index = 0
        func run(_ isPart: (Unicode.Scalar) -> Bool) -> String {
            let start = index
            while index < letters.count, isPart(letters[index]) { index += 1 }
            return String(String.UnicodeScalarView(letters[start..<index]))
        }
        func isDigit(_ letter: Unicode.Scalar) -> Bool { letter >= "0" && letter <= "9" }
        func isLetter(_ letter: Unicode.Scalar) -> Bool {
            letter == "_" || (letter >= "a" && letter <= "z") || (letter >= "A" && letter <= "Z")
        }
        while index < letters.count {
            let start = index
            let letter = letters[index]
            switch letter {
            case " ", "\t", "\n", "\r": index += 1
            case "(", ")":
                index += 1
                tokens.append((letter == "(" ? .open : .close, start))
            case "'":
                tokens.append((.text(try quoted(letters, &index)), start))
            case "=", "!", "<", ">":
                let written = run { "=!<>".unicodeScalars.contains($0) }
                guard let comparison = RuleComparison(rawValue: written) else {
                    let hint = written == "==" ? "; equality is =" : written == "<>" ? "; inequality is !=" : ""
                    throw RuleError(message: "unknown comparison \(written)\(hint)")
                }
                tokens.append((.comparison(comparison), start))
            case "-",
                _ where isDigit(letter):
                index += 1
                let written = String(Character(letter)) + run { isDigit($0) || isLetter($0) || $0 == "." }
                guard let number = Double(written), number.isFinite,
                    written.allSatisfy({ $0.isNumber || "-.eE".contains($0) })
                else { throw RuleError(message: "\(written) is no number; a date or a time is text: '2020-01-31'") }
                tokens.append((Int64(written).map(Token.integer) ?? .decimal(number), start))
            case _ where isLetter(letter):
                tokens.append((.word(run { isLetter($0) || isDigit($0) }), start))
            case "\"": throw RuleError(message: "text stands between single quotes: 'Open'")
            default: throw RuleError(message: "unexpected character at \(start + 1)")
            }
        }
        return tokens
    }

    /// Text between single quotes; two of them are one.
    private static func quoted(_ letters: [Unicode.Scalar], _ index: inout Int) throws(RuleError) -> String {
        var text = String.UnicodeScalarView()
        index += 1
        while index < letters.count {
            if letters[index] == "'" {
                index += 1
                guard index < letters.count, letters[index] == "'" else { return String(text) }
            }
            text.append(letters[index])
            index += 1
        }
        throw RuleError(message: "a single quote is not closed")
    }
}
