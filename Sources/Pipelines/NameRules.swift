/// What may be a name, and what the product keeps for itself.
enum NameRules {
    static let maximumLength = 64
    /// The names of the rules that a column has by itself.
    static let builtInRules = ["json", "type", "required", "allowed", "range", "pattern", "reference"]
    /// The column of a child table that, with the parent's id, is its key.
    static let positionColumn = "position"
    /// What a name is, for messages.
    static let words =
        "has lower-case letters, digits and _, begins with a letter and has at most \(maximumLength) characters"
    private static let ownTables = ["flagged_records", "flagged_violations", "changes", "refreshes"]

    /// `[a-z][a-z0-9_]*`, at most 64 characters.
    static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, isLower(first), text.utf8.count <= maximumLength else { return false }
        return text.utf8.allSatisfy { isLower($0) || isDigit($0) || $0 == UInt8(ascii: "_") }
    }

    /// A key of Clio's JSON: `[A-Za-z_][A-Za-z0-9_]*`.
    static func isKey(_ text: some StringProtocol) -> Bool {
        guard let first = text.utf8.first, !isDigit(first), text.utf8.count <= maximumLength else { return false }
        return text.utf8.allSatisfy { isLower($0 | 0x20) || isDigit($0) || $0 == UInt8(ascii: "_") }
    }

    /// Whether the text is a name; complains if not.
    static func check(_ text: String, _ what: String, at place: YAMLValue) -> Bool {
        if isName(text) { return true }
        place.report(
            "\(what) \"\(text.prefix(maximumLength))\": a name \(words)")
        return false
    }

    /// Whether the text may be the name of a table; complains if not.
    static func checkTable(_ text: String, at place: YAMLValue) -> Bool {
        let lower = text.lowercased()
        if lower.hasPrefix("_cliosync") || lower.hasPrefix("sqlite_") || ownTables.contains(lower) {
            place.report("table \"\(text.prefix(maximumLength))\": this name is taken; choose another")
            return false
        }
        return check(text, "table", at: place)
    }

    private static func isLower(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z") }
    private static func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
}
