internal import JSON
internal import Pipelines

extension Condition.Comparison {
    /// Whether it holds; nil when the values cannot be compared. Values of different kinds are not equal.
    func holds(_ left: RecordFilter.Scalar, _ right: RecordFilter.Scalar) -> Bool? {
        switch (left, right) {
        case (.none, _), (_, .none): return nil
        case (.text(let a), .text(let b)):
            if self == .contains {
                return a.withUnsafeBytes { a in b.withUnsafeBytes { ByteSearch.contains($0, in: a) } }
            }
            return holds(less: a.lexicographicallyPrecedes(b), equal: a == b)
        case (.bool(let a), .bool(let b)): return holds(less: !a && b, equal: a == b)
        case (.integer(let a), .integer(let b)) where self != .contains: return holds(less: a < b, equal: a == b)
        case (.number(let a), .number(let b)) where self != .contains: return holds(less: a < b, equal: a == b)
        case (.integer(let a), .number(let b)) where self != .contains:
            let (less, equal) = ExactOrder.compare(a, b)
            return holds(less: less, equal: equal)
        case (.number(let a), .integer(let b)) where self != .contains:
            let (less, equal) = ExactOrder.compare(b, a)
            return holds(less: !less && !equal, equal: equal)
        default: return self == .notEqual
        }
    }
}

extension Condition.Path {
    /// The values there; several where the path leads through a list, none where it leads nowhere.
    func values(_ line: JSONValue) -> [JSONValue] {
        var values = [line]
        for step in steps {
            var next: [JSONValue] = []
            for value in values {
                switch step {
                case .key(let key):
                    if value.kind == .array {
                        value.forEachElement { if let member = $0[key] { next.append(member) } }
                    } else if let member = value[key] {
                        next.append(member)
                    }
                case .index(let place):
                    var index = 0
                    value.forEachElement { element in
                        if index == place { next.append(element) }
                        index += 1
                    }
                case .each: value.forEachElement { next.append($0) }
                }
            }
            values = next
        }
        // A list at the end means its elements.
        return values.flatMap { value in
            guard value.kind == .array else { return [value] }
            var elements: [JSONValue] = []
            value.forEachElement { elements.append($0) }
            return elements
        }
    }
}
