internal import Bytes
internal import JSON
internal import Pipelines
internal import Staging

extension StagedLayers {
    /// What the lines of a layer hold under one key.
    public struct FieldStatistics: Sendable {
        /// The entity.
        public let entity: String
        /// The key.
        public let field: String
        /// Lines with the key, and those of them with null.
        public internal(set) var present = 0
        /// Lines where it is null.
        public internal(set) var nulls = 0
        /// How often each JSON type stands there.
        public internal(set) var types: [String: Int] = [:]
        /// Different values; nil when there are more than `mostDistinct`.
        public var distinct: Int? { hashes.count > StagedLayers.mostDistinct ? nil : hashes.count }
        /// Least and greatest number.
        public internal(set) var least: Double?
        /// Greatest number.
        public internal(set) var greatest: Double?
        /// Shortest and longest text in bytes.
        public internal(set) var shortest: Int?
        /// Longest text in bytes.
        public internal(set) var longest: Int?
        /// First and last text in byte order, cut at 40 bytes; shown with `--show-values` only.
        public internal(set) var first: String?
        /// Last text in byte order, cut at 40 bytes.
        public internal(set) var last: String?
        var hashes: Set<UInt64> = []

        init(entity: String, field: String) {
            self.entity = entity
            self.field = field
        }
    }

    /// Distinct values counted per field, so that memory stays bounded.
    public static let mostDistinct = 20_000

    /// Statistics of each top-level key, in the order of its first appearance.
    /// - Returns: the statistics, and the lines that are no JSON objects.
    public func statistics(_ layer: Layer) throws -> (fields: [FieldStatistics], broken: Int) {
        var fields: [FieldStatistics] = []
        var places: [String: Int] = [:]
        var broken = 0
        let parser = JSONParser()
        try forEachLine(layer) { entity, line in
            guard let record = try? parser.parse(line), record.kind == .object else {
                broken += 1
                return true
            }
            record.forEachMember { key, value in
                let name = String(decoding: key, as: UTF8.self)
                let path = entity.phase + "\u{0}" + entity.name + "\u{0}" + name
                let place =
                    places[path]
                    ?? {
                        fields.append(FieldStatistics(entity: "\(entity.phase)/\(entity.name)", field: name))
                        places[path] = fields.count - 1
                        return fields.count - 1
                    }()
                fields[place].add(value)
            }
            return true
        }
        return (fields, broken)
    }
}

extension StagedLayers.FieldStatistics {
    mutating func add(_ value: JSONValue) {
        present += 1
        switch value.kind {
        case .null: nulls += 1
        case .integer, .unsigned, .double: number(value.double ?? 0, value.kind == .double ? "decimal" : "integer")
        case .true, .false:
            types["boolean", default: 0] += 1
            note(value.bool == true ? 1 : 0)
        case .string: text(value)
        case .bigNumber: types["number beyond 64 bits", default: 0] += 1
        case .damagedString: types["damaged text", default: 0] += 1
        case .object: types["object", default: 0] += 1
        case .array:
            types["list", default: 0] += 1
            let count = value.count
            shortest = min(shortest ?? count, count)
            longest = max(longest ?? count, count)
        }
    }

    private mutating func number(_ number: Double, _ type: String) {
        types[type, default: 0] += 1
        least = min(least ?? number, number)
        greatest = max(greatest ?? number, number)
        note(number.bitPattern)
    }

    private mutating func text(_ value: JSONValue) {
        guard let bytes = value.utf8 else { return }
        types["text", default: 0] += 1
        shortest = min(shortest ?? bytes.count, bytes.count)
        longest = max(longest ?? bytes.count, bytes.count)
        let start = String(decoding: bytes.prefix(40), as: UTF8.self)
        if first.map({ start < $0 }) ?? true { first = start }
        if last.map({ start > $0 }) ?? true { last = start }
        // FNV-1a: a count of distinct values needs no stronger hash.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        note(hash)
    }

    private mutating func note(_ hash: UInt64) {
        if hashes.count <= StagedLayers.mostDistinct { hashes.insert(hash) }
    }
}
