/// An object of a record, with what each column of it must come to.
struct RandomObject {
    /// What stands where columns expect an object on their way.
    enum Parent { case object, null, absent, other }

    private(set) var json = ""
    private var values: [String: RandomValue] = [:]
    private var parents: [[String]: Parent] = [:]
    /// Text that is no Unicode, wherever it is: a flag, also when no column looks at it.
    private(set) var isDamaged = false

    struct Outcome {
        var values: [String: RandomValue.Expected] = [:]
        var isFlagged = false
        var isRejected = false

        mutating func violate(_ rejects: Bool) {
            isFlagged = true
            isRejected = isRejected || rejects
        }
    }

    /// An object for columns; `fixed` are values that somebody else chose.
    init(
        _ columns: [RandomPipeline.Column], fixed: [String: RandomValue] = [:],
        lists: [(path: [String], json: String)] = [],
        _ random: inout Damage
    ) {
        for column in columns {
            if let value = fixed[column.name] {
                values[column.name] = value
            } else if random.below(12) > 0 {
                values[column.name] = RandomValue(column, &random)
            }
        }
        let leaves =
            columns.compactMap { column in values[column.name].map { (path: column.path, json: $0.json) } } + lists
        json = object(leaves, at: [], &random)
        // Every value that a column finds, or that stands beside them.
        for value in values.values where value.isDamaged && json.contains(value.json) { isDamaged = true }
    }

    private mutating func object(
        _ leaves: [(path: [String], json: String)], at prefix: [String], _ random: inout Damage
    ) -> String {
        var members: [String] = []
        var names: [String] = []
        for leaf in leaves where !names.contains(leaf.path[0]) { names.append(leaf.path[0]) }
        for name in names {
            let below = leaves.filter { $0.path[0] == name }
            var text: String
            var decoys = ["0", "\"decoy\"", "{}", "null", "[1]"]
            if below[0].path.count == 1 {
                text = below[0].json
            } else {
                let path = prefix + [name]
                decoys = ["{\"c0\":1,\"deep\":{\"c1\":2},\"id\":3,\"list\":[{}]}", "5", "null"]
                let state = [Parent.null, .absent, .other][random.below(3)]
                parents[path] = random.below(8) == 0 ? state : .object
                switch parents[path] {
                case .null: text = "null"
                case .absent: continue
                case .other: text = ["5", "\"x\"", "[]", "true"][random.below(4)]
                default:
                    text = object(below.map { (Array($0.path.dropFirst()), $0.json) }, at: path, &random)
                }
            }
            // The last of two counts.
            let decoy = random.below(12) == 0 ? "\(key(name, &random)):\(decoys[random.below(decoys.count)])," : ""
            members.append("\(decoy)\(key(name, &random)):\(text)")
        }
        if random.below(4) == 0 {
            let deep = String(repeating: "[", count: 300) + String(repeating: "]", count: 300)
            let unknown = [deep, "{\"id\":[{\"id\":1}]}", "18446744073709551616", "\"\\u0000\"", "1e999"]
            members.append("\"unknown\":\(unknown[random.below(unknown.count)])")
        }
        if random.below(40) == 0 {
            members.append("\"unknown2\":\"\\udc00\"")
            isDamaged = true
        }
        for index in members.indices.reversed() where index > 0 { members.swapAt(index, random.below(index + 1)) }
        return "{\(members.joined(separator: ","))}"
    }

    /// What stands at a place on the way to a value.
    func parent(_ path: [String]) -> Parent { parents[path] ?? .absent }

    /// A key, now and then with an escape in it.
    private func key(_ name: String, _ random: inout Damage) -> String {
        guard random.below(20) == 0, let first = name.utf8.first else { return "\"\(name)\"" }
        return "\"\\u00\(String(first, radix: 16))\(name.dropFirst())\""
    }

    /// What the columns come to. They may be fewer than those that the object was made for.
    func outcome(_ columns: [RandomPipeline.Column]) -> Outcome {
        var outcome = Outcome()
        for column in columns {
            outcome.values[column.name] = .null
            var state = Parent.object
            for depth in 1..<max(1, column.path.count) where state == .object {
                // A parent that no value was made for is not there.
                state = parents[Array(column.path.prefix(depth))] ?? .absent
            }
            if state == .other {
                outcome.violate(column.rejects)
                continue
            }
            guard state == .object, let value = values[column.name] else {
                if column.required { outcome.violate(column.rejects) }
                continue
            }
            switch value.expected {
            case nil: outcome.violate(column.rejects)
            case .null?: if column.required { outcome.violate(column.rejects) }
            case let expected?:
                outcome.values[column.name] = expected
                // Blanks are kept, and are no value.
                if column.required, column.type == "text", case .text(let bytes) = expected,
                    String(decoding: bytes, as: UTF8.self).allSatisfy(\.isWhitespace)
                {
                    outcome.violate(column.rejects)
                }
            }
        }
        return outcome
    }
}

/// A raw record, with what must become of it.
struct RandomRecord {
    let json: String
    private let object: RandomObject
    private let lists: [String: [RandomObject?]?]
    private let isDamaged: Bool
    /// The id, when it can be one of the table's.
    let id: RandomValue.Expected?
    private let updatedAt: Int64?

    struct Outcome {
        var values: [String: RandomValue.Expected] = [:]
        var children: [String: [[String: RandomValue.Expected]]] = [:]
        var isFlagged = false
        var isRejected = false
        var updatedAt: Int64?
    }

    /// - Parameter huge: bytes of a text that is put into the first free text column.
    init(_ entity: RandomPipeline.Entity, ids: Int, huge: Int = 0, _ random: inout Damage) {
        var fixed: [String: RandomValue] = [:]
        let key = entity.columns[0]
        let number = random.below(ids)
        if random.below(20) == 0 {
            let odd =
                ["null", "true", "1.5", "[]"] + (entity.isKeyInteger ? ["\"7\"", "\"\""] : ["9223372036854775808"])
            fixed["id"] = RandomValue(json: odd[random.below(odd.count)], expected: nil)
        } else if entity.isKeyInteger {
            let id = random.below(4) == 0 ? 9_007_199_254_740_993 + Int64(number) : Int64(number)
            let asDouble = id < 1000 && random.below(20) == 0
            fixed["id"] = RandomValue(json: asDouble ? "\(id).0" : "\(id)", expected: .integer(id))
        } else {
            let text = random.below(2) == 0 ? "\(number)" : "e\u{301}-\(number)"
            fixed["id"] =
                text == "\(number)" && random.below(2) == 0
                ? RandomValue(json: text, expected: .text(Array(text.utf8))) : RandomValue.quoted(text, &random)
        }
        var updatedAt: Int64?
        if random.below(10) > 0 {
            // Few moments, so that many versions are of the same.
            let seconds = 1_750_000_000 + Int64(random.below(4)) * 1000
            fixed["updated_at"] = RandomValue.timestamp(seconds, &random)
            updatedAt = seconds
        } else {
            fixed["updated_at"] =
                random.below(2) == 0
                ? RandomValue(json: "null", expected: .null) : RandomValue(json: "\"yesterday\"", expected: nil)
        }
        if huge > 0,
            let column = entity.columns.first(where: {
                $0.type == "text" && $0.allowed.isEmpty && !$0.pattern && $0.path.count == 1 && !$0.isKey
            })
        {
            let text = String(repeating: "ä\u{0}", count: huge / 3)
            fixed[column.name] = RandomValue.quoted(text, &random)
        }
        var lists: [String: [RandomObject?]?] = [:]
        var listTexts: [(path: [String], json: String)] = []
        var damaged: [String] = []
        for child in entity.children {
            switch random.below(8) {
            case 0: lists[child.name] = []
            case 1:
                lists[child.name] = []
                listTexts.append((child.path, ["null", "[]"][random.below(2)]))
            case 2:
                lists[child.name] = .some(nil)
                listTexts.append((child.path, ["5", "{}", "\"x\""][random.below(3)]))
            default:
                var elements: [RandomObject?] = []
                var texts: [String] = []
                for _ in 0..<1 + random.below(4) {
                    if random.below(10) == 0 {
                        elements.append(nil)
                        texts.append(["null", "1", "[]", "\"x\""][random.below(4)])
                    } else {
                        let element = RandomObject(child.columns, &random)
                        elements.append(element)
                        texts.append(element.json)
                        if element.isDamaged { damaged.append(element.json) }
                    }
                }
                lists[child.name] = elements
                listTexts.append((child.path, "[\(texts.joined(separator: ","))]"))
            }
        }
        object = RandomObject(entity.columns, fixed: fixed, lists: listTexts, &random)
        json = object.json
        self.lists = lists
        // A list may be in an object that is not there after all.
        let json = object.json
        isDamaged = object.isDamaged || damaged.contains { json.contains($0) }
        id = fixed[key.name]?.expected
        self.updatedAt = entity.columns.contains { $0.name == "updated_at" } ? updatedAt : nil
    }

    /// What becomes of it in a pipeline that may be another than the one it was made for.
    func outcome(_ entity: RandomPipeline.Entity) -> Outcome {
        var all = object.outcome(entity.columns)
        var children: [String: [[String: RandomValue.Expected]]] = [:]
        for child in entity.children {
            if let box = child.path.dropLast().first, object.parent([box]) != .object { continue }
            guard let list = lists[child.name] else { continue }
            guard let elements = list else {
                all.violate(false)
                continue
            }
            for element in elements {
                if element == nil { all.violate(false) }
                var row = element?.outcome(child.columns) ?? RandomObject.Outcome()
                if element == nil {
                    for column in child.columns {
                        row.values[column.name] = .null
                        if column.required { row.violate(column.rejects) }
                    }
                }
                if row.isFlagged { all.violate(row.isRejected) }
                children[child.name, default: []].append(row.values)
            }
        }
        for rule in entity.rules {
            guard case .integer(let left) = all.values[rule.left], case .integer(let right) = all.values[rule.right]
            else { continue }
            if left > right { all.violate(rule.severity == "reject") }
        }
        if isDamaged { all.violate(false) }
        return Outcome(
            values: all.values, children: children, isFlagged: all.isFlagged, isRejected: all.isRejected,
            updatedAt: updatedAt)
    }
}
