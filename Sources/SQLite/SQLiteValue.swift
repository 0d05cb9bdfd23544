/// A value in or out of SQLite, for statements that are not on a hot path.
public enum SQLiteValue: Sendable, Equatable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case blob([UInt8])

    /// The integer; nil for anything else.
    public var int64: Int64? { if case .integer(let value) = self { value } else { nil } }
    /// The integer as `Int`; nil for anything else.
    public var int: Int? { int64.map { Int($0) } }
    /// The real number, or the integer as one; nil for anything else.
    public var double: Double? {
        switch self {
        case .real(let value): value
        case .integer(let value): Double(value)
        default: nil
        }
    }
    /// The text; nil for anything else.
    public var string: String? { if case .text(let value) = self { value } else { nil } }
    /// The bytes; nil for anything else.
    public var blob: [UInt8]? { if case .blob(let value) = self { value } else { nil } }
    /// Whether it is NULL.
    public var isNull: Bool { self == .null }

    /// NULL for nil.
    public static func optional(_ value: Int?) -> SQLiteValue { value.map { .integer(Int64($0)) } ?? .null }
    /// NULL for nil.
    public static func optional(_ value: Int64?) -> SQLiteValue { value.map { .integer($0) } ?? .null }
    /// NULL for nil.
    public static func optional(_ value: String?) -> SQLiteValue { value.map { .text($0) } ?? .null }
}

/// Not by `nil`: a value that may be missing, compared with it, would be compared with NULL.
extension SQLiteValue: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral {
    /// Makes a value of a literal.
    public init(integerLiteral value: Int64) { self = .integer(value) }
    /// Makes a value of a literal.
    public init(stringLiteral value: String) { self = .text(value) }
}

/// Quotes a name for use in SQL text: `order` becomes `"order"`.
public func quotedIdentifier(_ name: String) -> String {
    var quoted = "\""
    for character in name { quoted += character == "\"" ? "\"\"" : String(character) }
    return quoted + "\""
}

/// Quotes text as an SQL literal: `it's` becomes `'it''s'`.
public func quotedLiteral(_ text: String) -> String {
    var quoted = "'"
    for character in text { quoted += character == "'" ? "''" : String(character) }
    return quoted + "'"
}
