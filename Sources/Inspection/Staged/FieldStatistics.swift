public import JSON

extension StagedLayers {
    /// Different values of a field that are counted exactly.
    public static let exactDistinct = DistinctCount.bound

    /// What the lines of a layer hold at one path.
    public struct FieldStatistics: Sendable {
        /// The phase and the entity.
        public let entity: String
        /// The path: `status`, `client.id`, `phone_numbers[].number`.
        public let field: String
        /// How often the key is there, `null` included.
        public internal(set) var present = 0
        /// How often its object is there without the key.
        public internal(set) var missing = 0
        /// How often it is null.
        public internal(set) var nulls = 0
        /// How often each JSON type occurs.
        public internal(set) var types: [String: Int] = [:]
        /// Least number.
        public internal(set) var least: Double?
        /// Greatest number.
        public internal(set) var greatest: Double?
        /// Shortest text in bytes, or list in elements.
        public internal(set) var shortest: Int?
        /// Longest text in bytes, or list in elements.
        public internal(set) var longest: Int?
        /// Texts, numbers and truth values with their counts, as long as there are few; shown with `--show-values` only.
        public internal(set) var values: [String: Int]? = [:]
        private var firstBytes: [UInt8]?
        private var lastBytes: [UInt8]?
        private var distinctCount = DistinctCount()

        /// Different values.
        public var distinct: Int { distinctCount.count }
        /// Whether `distinct` is exact; else it is right within a few percent.
        public var isDistinctExact: Bool { distinctCount.isExact }
        /// First text in byte order, cut at 40 bytes; shown with `--show-values` only.
        public var first: String? { firstBytes.map { String(decoding: $0, as: UTF8.self) } }
        /// Last text in byte order, cut at 40 bytes.
        public var last: String? { lastBytes.map { String(decoding: $0, as: UTF8.self) } }

        private static let mostValues = 20
        private static let longestValue = 60

        init(entity: String, field: String) {
            self.entity = entity
            self.field = field
        }
    }
}

extension StagedLayers.FieldStatistics {
    /// The statistics as a report; values only when they are asked for.
    public func report(showValues: Bool) -> some JSONReport { FieldReport(self, showValues: showValues) }

    mutating func add(_ value: JSONValue) {
        present += 1
        switch value.kind {
        case .null: nulls += 1
        case .integer: number(value, "integer")
        case .unsigned: number(value, "integer")
        case .double: number(value, "decimal")
        case .true, .false:
            types["boolean", default: 0] += 1
            distinctCount.insert(value.bool == true ? 1 : 0)
            count(value.bool == true ? "true" : "false")
        case .string: text(value)
        case .bigNumber:
            types["number beyond 64 bits", default: 0] += 1
            values = nil
        case .damagedString:
            types["damaged text", default: 0] += 1
            values = nil
        case .object:
            types["object", default: 0] += 1
            values = nil
        case .array:
            types["list", default: 0] += 1
            values = nil
            let elements = value.count
            shortest = min(shortest ?? elements, elements)
            longest = max(longest ?? elements, elements)
        }
    }

    private mutating func number(_ value: JSONValue, _ type: String) {
        let number = value.double ?? 0
        types[type, default: 0] += 1
        least = min(least ?? number, number)
        greatest = max(greatest ?? number, number)
        distinctCount.insert(value.int64.map { UInt64(bitPattern: $0) } ?? number.bitPattern)
        if values != nil { count(value.int64.map { String($0) } ?? String(number)) }
    }

    private mutating func text(_ value: JSONValue) {
        guard let bytes = value.utf8 else { return }
        types["text", default: 0] += 1
        shortest = min(shortest ?? bytes.count, bytes.count)
        longest = max(longest ?? bytes.count, bytes.count)
        distinctCount.insert(bytes)
        let start = bytes.prefix(40)
        if firstBytes.map({ start.lexicographicallyPrecedes($0) }) ?? true { firstBytes = Array(start) }
        if lastBytes.map({ $0.lexicographicallyPrecedes(start) }) ?? true { lastBytes = Array(start) }
        if values != nil {
            if bytes.count > Self.longestValue { values = nil } else { count(String(decoding: bytes, as: UTF8.self)) }
        }
    }

    private mutating func count(_ value: String) {
        values?[value, default: 0] += 1
        if let values, values.count > Self.mostValues { self.values = nil }
    }
}

/// What `staged stats --json` prints of one field.
private struct FieldReport: JSONReport {
    let entity: String
    let field: String
    let lines: Int
    let missing: Int
    let null: Int
    let distinct: Int
    let distinctIsExact: Bool
    let types: [String: Int]
    let minLength: Int?
    let maxLength: Int?
    // Left out, unless values are asked for; `null` where there is none.
    @OmittedWhenNil var min: Double??
    @OmittedWhenNil var max: Double??
    @OmittedWhenNil var first: String??
    @OmittedWhenNil var last: String??
    @OmittedWhenNil var values: [String: Int]??

    init(_ field: StagedLayers.FieldStatistics, showValues: Bool) {
        entity = field.entity
        self.field = field.field
        lines = field.present
        missing = field.missing
        null = field.nulls
        distinct = field.distinct
        distinctIsExact = field.isDistinctExact
        types = field.types
        minLength = field.shortest
        maxLength = field.longest
        min = showValues ? .some(field.least) : nil
        max = showValues ? .some(field.greatest) : nil
        first = showValues ? .some(field.first) : nil
        last = showValues ? .some(field.last) : nil
        values = showValues ? .some(field.values) : nil
    }
}
