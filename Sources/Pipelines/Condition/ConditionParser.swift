/// Parses a condition: `or` binds least, then `and`, `not`, and comparisons.
public struct ConditionParser {
    /// How long and how deep a condition may be, and what its fields are called in errors.
    public struct Limits: Sendable {
        let length: Int
        let depth: Int
        let noun: String

        /// Limits from their parts.
        public init(length: Int, depth: Int, noun: String) {
            self.length = length
            self.depth = depth
            self.noun = noun
        }
    }

    private let tokens: [ConditionLexer.Token]
    private let limits: Limits
    private var position = 0
    private var depth = 0

    /// Parses a whole text.
    public static func parse(_ text: String, _ limits: Limits) throws(ConditionError) -> Condition {
        guard text.utf8.count <= limits.length else {
            throw ConditionError("is longer than \(limits.length) characters")
        }
        var lexer = ConditionLexer(text)
        var parser = ConditionParser(tokens: try lexer.tokens(), limits: limits)
        let condition = try parser.condition()
        guard parser.kind == .end else { throw parser.unexpected("expected and, or, or the end") }
        return condition
    }

    private init(tokens: [ConditionLexer.Token], limits: Limits) {
        self.tokens = tokens
        self.limits = limits
    }

    private mutating func condition() throws(ConditionError) -> Condition {
        var left = try term()
        while take(.word("or")) { left = .or(left, try term()) }
        return left
    }

    private mutating func term() throws(ConditionError) -> Condition {
        var left = try factor()
        while take(.word("and")) { left = .and(left, try factor()) }
        return left
    }

    private mutating func factor() throws(ConditionError) -> Condition {
        depth += 1
        defer { depth -= 1 }
        guard depth <= limits.depth else { throw ConditionError("is nested too deeply") }
        if take(.word("not")) { return .not(try factor()) }
        if take(.symbol("(")) {
            let inner = try condition()
            guard take(.symbol(")")) else { throw unexpected("expected )") }
            return inner
        }
        return try comparison()
    }

    private mutating func comparison() throws(ConditionError) -> Condition {
        let start = position
        let left = try operand()
        if take(.word("is")) {
            let isNot = take(.word("not"))
            guard take(.word("null")) else { throw unexpected(isNot ? "expected null" : "expected null or not null") }
            guard case .path(let path) = left else {
                throw unexpected("expected a \(limits.noun) before \"is null\"", at: start)
            }
            return isNot ? .isNotNull(path) : .isNull(path)
        }
        guard case .comparison(let comparison) = kind else {
            if case .path(let path) = left { return .isTrue(path) }
            throw unexpected("expected one of = != < <= > >= ~")
        }
        let place = position
        position += 1
        let right = try operand()
        switch (left, right) {
        case (.path, .null), (.null, .path):
            guard comparison == .equal || comparison == .notEqual else {
                throw unexpected("null is compared with = or !=", at: place)
            }
        case (.null, _), (_, .null): throw unexpected("expected a \(limits.noun) on one side", at: place)
        default: break
        }
        return .compare(left, comparison, right)
    }

    private mutating func operand() throws(ConditionError) -> Condition.Operand {
        let operand: Condition.Operand
        switch kind {
        case .word("true"): operand = .boolean(true)
        case .word("false"): operand = .boolean(false)
        case .word("null"): operand = .null
        case .word(let word) where !ConditionLexer.keywords.contains(word): return .path(try path())
        case .key: return .path(try path())
        case .text(let text): operand = .text(text)
        case .integer(let number): operand = .integer(number)
        case .decimal(let number): operand = .decimal(number)
        default: throw unexpected("expected a \(limits.noun) or a value")
        }
        position += 1
        return operand
    }

    private mutating func path() throws(ConditionError) -> Condition.Path {
        var path = Condition.Path(steps: [])
        repeat {
            switch kind {
            case .word(let name): path.steps.append(.key(name))
            case .key(let name):
                path.steps.append(.key(name))
                path.isQuoted = true
            default: throw unexpected("expected a field's name")
            }
            position += 1
            while take(.symbol("[")) {
                if case .integer(let number) = kind {
                    guard let place = Int(exactly: number), place >= 0 else {
                        throw unexpected("expected a place: 0, 1, …")
                    }
                    path.steps.append(.index(place))
                    position += 1
                } else {
                    path.steps.append(.each)
                }
                guard take(.symbol("]")) else { throw unexpected("expected ]") }
            }
        } while take(.symbol("."))
        return path
    }

    private var kind: ConditionLexer.Token.Kind { tokens[position].kind }

    private mutating func take(_ wanted: ConditionLexer.Token.Kind) -> Bool {
        guard kind == wanted else { return false }
        position += 1
        return true
    }

    private func unexpected(_ message: String, at place: Int? = nil) -> ConditionError {
        let token = tokens[place ?? position]
        return ConditionError(message, at: token.column, isAtEnd: token.kind == .end)
    }
}
