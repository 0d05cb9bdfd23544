/// Clio's record schemas: what each has as fields and as associations, in Clio's order.
struct Catalog: Sendable {
    /// How a field is filled.
    enum Shape: Sendable {
        case integer, decimal, boolean, text, date, instant, texts
        case choice([String])
        case one(String)
        case many(String)
    }

    /// One field or association of a schema.
    struct Field: Sendable {
        var name: String
        var shape: Shape
    }

    let schemas: [String: [Field]]
    private let order: [String]

    init(text: String = Catalog.text + "\n" + Catalog.ledgers) {
        var schemas: [String: [Field]] = [:]
        var order: [String] = []
        for word in text.split(whereSeparator: \.isWhitespace) {
            if word.hasSuffix(":") {
                order.append(String(word.dropLast()))
                schemas[order[order.count - 1]] = []
            } else if let current = order.last, let field = Catalog.field(word) {
                schemas[current]?.append(field)
            }
        }
        self.schemas = schemas
        self.order = order
    }

    private static func field(_ word: Substring) -> Field? {
        guard let mark = word.firstIndex(where: { $0 == ":" || $0 == ">" }) else { return nil }
        let name = String(word[..<mark])
        let rest = word[word.index(after: mark)...]
        if word[mark] == ">" {
            return rest.first == ">"
                ? Field(name: name, shape: .many(String(rest.dropFirst())))
                : Field(name: name, shape: .one(String(rest)))
        }
        let shapes: [Substring: Shape] = [
            "i": .integer, "d": .decimal, "b": .boolean, "s": .text, "D": .date, "T": .instant, "S": .texts,
        ]
        return Field(name: name, shape: shapes[rest] ?? .choice(rest.split(separator: "|").map(String.init)))
    }

    func fields(_ schema: String) -> [Field] {
        schemas[schema] ?? []
    }

    func field(_ name: some StringProtocol, of schema: String) -> Field? {
        schemas[schema]?.first { $0.name == name }
    }

    /// What comes back of an association that is named without braces.
    func defaults(_ schema: String) -> [String] {
        let all = fields(schema)
        let keys = all.map(\.name).filter { $0 == "id" || $0 == "etag" }.sorted { $0 > $1 }
        if !keys.isEmpty { return keys }
        return all.compactMap { field in
            switch field.shape {
            case .one, .many: nil
            default: field.name
            }
        }
    }

    /// The kind of thing a schema describes: several schemas are views of the same contact, matter or user.
    static func thing(_ schema: String) -> String {
        if let alias = aliases[schema] { return alias }
        return schema.hasSuffix("_base") ? String(schema.dropLast(5)) : schema
    }

    private static let aliases = [
        "LinkedFolder_base": "Folder", "ClioCreator_base": "User", "PolymorphicCustomRate_User_base": "User",
        "PolymorphicCustomRate_Group_base": "Group",
        "PolymorphicCustomRate_ActivityDescription_base": "ActivityDescription",
        "Activity_CalendarEntry_base": "CalendarEntry", "Activity_Task_base": "Task",
        "CustomFieldMatterSelection_base": "Matter",
    ]
}
