internal import JSON

extension RecordFilter {
    /// How two values are compared.
    enum Comparison: String, Sendable, CaseIterable {
        case equal = "="
        case notEqual = "!="
        case lessOrEqual = "<="
        case greaterOrEqual = ">="
        case less = "<"
        case greater = ">"
        /// The text on the left contains the one on the right, whatever the case of ASCII letters.
        case contains = "~"

        /// Whether it holds; nil when the values cannot be compared. Values of different kinds are not equal.
        func holds(_ left: Scalar, _ right: Scalar) -> Bool? {
            switch (left, right) {
            case (.none, _), (_, .none): return nil
            case (.integer(let a), .integer(let b)) where self != .contains: return ordered(a < b, a == b)
            case (.text(let a), .text(let b)):
                if self == .contains { return Self.isPart(b, of: a) }
                return ordered(a.lexicographicallyPrecedes(b), a == b)
            case (.bool(let a), .bool(let b)): return ordered(!a && b, a == b)
            case (.number(let a), .number(let b)) where self != .contains: return ordered(a < b, a == b)
            case (.integer(let a), .number(let b)) where self != .contains:
                let (less, equal) = ExactOrder.compare(a, b)
                return ordered(less, equal)
            case (.number(let a), .integer(let b)) where self != .contains:
                let (less, equal) = ExactOrder.compare(b, a)
                return ordered(!less && !equal, equal)
            default: return self == .notEqual
            }
        }

        private func ordered(_ less: Bool, _ equal: Bool) -> Bool {
            switch self {
            case .equal: equal
            case .notEqual: !equal
            case .less: less
            case .lessOrEqual: less || equal
            case .greater: !less && !equal
            case .greaterOrEqual: !less
            case .contains: false
            }
        }

        private static func isPart(_ part: [UInt8], of text: [UInt8]) -> Bool {
            func lower(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }
            return text.map(lower).withUnsafeBytes { part.isEmpty || ByteSearch.first(part.map(lower), in: $0) != nil }
        }
    }

    /// Where a value is in a line.
    struct Path: Sendable, Equatable {
        enum Step: Sendable, Equatable {
            case key(String)
            case place(Int)
            /// Every element.
            case each
        }

        var steps: [Step]

        /// What stands there; several values where the path leads through a list, none where it leads nowhere.
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
                    case .place(let place):
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
            // A list at the end stands for its elements.
            return values.flatMap { value in
                guard value.kind == .array else { return [value] }
                var elements: [JSONValue] = []
                value.forEachElement { elements.append($0) }
                return elements
            }
        }
    }
}
