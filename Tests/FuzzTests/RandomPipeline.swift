/// A pipeline file made at random, and what this test itself knows of it: nothing is read back from the product.
struct RandomPipeline {
    struct Column {
        var name: String
        var path: [String]
        var type: String
        var required = false
        /// As written in the file; nil when left out.
        var severity: String?
        var allowed: [String] = []
        var range: ClosedRange<Int>?
        var pattern = false
        var references: String?
        var isKey = false

        /// Whether a bad value keeps the record out.
        var rejects: Bool { severity.map { $0 == "reject" } ?? (required || isKey) }
        var takesIntegers: Bool { type == "text" && (isKey || references != nil) }

        var yaml: String {
            var parts = ["type: \(type)"]
            if path != [name] { parts.insert("from: \(path.joined(separator: "."))", at: 0) }
            if required { parts.append("required: true") }
            if let severity { parts.append("severity: \(severity)") }
            if !allowed.isEmpty { parts.append("allowed: [\(allowed.joined(separator: ", "))]") }
            if let range { parts.append("range: {min: \(range.lowerBound), max: \(range.upperBound)}") }
            if pattern { parts.append("pattern: '^[a-z]+$'") }
            if let references { parts.append("references: \(references)") }
            return "\(name): {\(parts.joined(separator: ", "))}"
        }
    }

    struct Child {
        var name: String
        var path: [String]
        var columns: [Column]
    }

    struct Rule {
        var left: String
        var right: String
        var severity: String
    }

    struct Entity {
        var name: String
        var columns: [Column]
        var children: [Child]
        var rules: [Rule]
        var isKeyInteger: Bool
    }

    var entities: [Entity]

    static let types = ["integer", "decimal", "text", "boolean", "date", "timestamp", "time", "json"]

    init(_ random: inout Damage) {
        entities = []
        for name in ["alphas", "betas"] {
            let parent = entities.first
            var columns = [Column(name: "id", path: ["id"], type: "integer", required: true, isKey: true)]
            let isKeyInteger = random.below(3) > 0
            if !isKeyInteger { columns[0].type = "text" }
            if random.below(5) > 0 {
                columns.append(Column(name: "updated_at", path: ["updated_at"], type: "timestamp"))
            }
            columns += Self.columns(&random, count: 1 + random.below(12))
            if let parent {
                columns.append(
                    Column(
                        name: "alpha_id", path: ["alpha", "id"], type: parent.isKeyInteger ? "integer" : "text",
                        references: "alphas"))
            }
            // Two integers that a rule compares: small ones, or any, also those that no double is.
            var rules: [Rule] = []
            if random.below(2) == 0 {
                let range = random.below(2) == 0 ? -1000...1000 : nil
                for side in ["low", "high"] {
                    columns.append(Column(name: side, path: [side], type: "integer", range: range))
                }
                rules.append(Rule(left: "low", right: "high", severity: random.below(2) == 0 ? "reject" : "warn"))
            }
            var children: [Child] = []
            for number in 0..<random.below(3) {
                children.append(
                    Child(
                        name: "\(name)_list\(number)",
                        path: random.below(3) == 0 ? ["box\(number)", "list"] : ["list\(number)"],
                        columns: Self.columns(&random, count: 1 + random.below(4))))
            }
            entities.append(
                Entity(name: name, columns: columns, children: children, rules: rules, isKeyInteger: isKeyInteger))
        }
    }

    private static func columns(_ random: inout Damage, count: Int) -> [Column] {
        (0..<count).map { number in
            let name = "c\(number)"
            let path =
                switch random.below(4) {
                case 0: ["o\(random.below(2))", name]
                case 1: ["o\(random.below(2))", "deep", name]
                default: [name]
                }
            var column = Column(name: name, path: path, type: types[random.below(types.count)])
            column.required = random.below(6) == 0
            column.severity = [nil, nil, "warn", "reject"][random.below(4)]
            switch (column.type, random.below(4)) {
            case ("integer", 0): column.range = -50...(50 + random.below(1000))
            case ("integer", 1): column.allowed = ["1", "2", "-3"]
            case ("decimal", 0): column.range = -10...(10 + random.below(10_000))
            case ("text", 0): column.allowed = ["Open", "Closed"]
            case ("text", 1): column.pattern = true
            default: break
            }
            return column
        }
    }

    /// Another pipeline for the same records: columns and rules go, types and severities change.
    func changed(_ random: inout Damage) -> RandomPipeline {
        var copy = self
        for index in copy.entities.indices {
            let ruled = copy.entities[index].rules.flatMap { [$0.left, $0.right] }
            copy.entities[index].columns.removeAll { column in
                column.name.hasPrefix("c") && !ruled.contains(column.name) && random.below(4) == 0
            }
            for place in copy.entities[index].columns.indices
            where copy.entities[index].columns[place].name.hasPrefix("c") && random.below(4) == 0 {
                copy.entities[index].columns[place].severity = ["warn", "reject"][random.below(2)]
            }
            if random.below(3) == 0 { copy.entities[index].rules = [] }
            if random.below(4) == 0, !copy.entities[index].children.isEmpty {
                copy.entities[index].children.removeLast()
            }
        }
        return copy
    }

    var yaml: String {
        var lines = ["format: 1", "phase: core", "title: Random", "day: \"1\"", "features: {all: All}", "entities:"]
        for (index, entity) in entities.enumerated() {
            let paths =
                entity.columns.map(\.path)
                + entity.children.flatMap { child in child.columns.map { child.path + $0.path } }
            lines += [
                "  \(entity.name):", "    title: Some", "    priority: \(index + 1)", "    endpoint: \(entity.name)",
                "    order: id(asc)", "    fields: [\(Self.fields(paths))]", "    table:", "      columns:",
            ]
            lines += entity.columns.map { "        \($0.yaml)" }
            if !entity.children.isEmpty { lines.append("      children:") }
            for child in entity.children {
                lines += [
                    "        \(child.name):", "          from: \(child.path.joined(separator: "."))",
                    "          parent: owner_id", "          columns:",
                ]
                lines += child.columns.map { "            \($0.yaml)" }
            }
            if !entity.rules.isEmpty { lines.append("      rules:") }
            for rule in entity.rules {
                lines.append(
                    "        \(rule.left)_first: {check: \(rule.left) <= \(rule.right), severity: \(rule.severity)}")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func fields(_ paths: [[String]]) -> String {
        var names: [String] = []
        for path in paths where !names.contains(path[0]) { names.append(path[0]) }
        return names.map { name in
            let inner = paths.filter { $0[0] == name && $0.count > 1 }.map { $0[1] }
            return inner.isEmpty ? name : "\"\(name){\(Set(inner).sorted().joined(separator: ","))}\""
        }.joined(separator: ", ")
    }
}
