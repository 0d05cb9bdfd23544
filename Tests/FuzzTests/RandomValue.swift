import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// A JSON text and what a column of some kind must make of it.
struct RandomValue {
    enum Expected: Equatable {
        case null
        case integer(Int64)
        case real(Double)
        /// Bytes, as two texts that look the same are not.
        case text([UInt8])
        /// JSON that means the same.
        case json(String)
    }

    var json: String
    /// nil: the value breaks its column's type or rule.
    var expected: Expected?

    /// What is left of texts that are no Unicode.
    private static let damaged = [
        "\"\\ud800\"": "\u{fffd}", "\"a\\udc00b\"": "a\u{fffd}b", "\"\\udfff\"": "\u{fffd}",
    ]

    /// Whether it is text that is no Unicode.
    var isDamaged: Bool { Self.damaged[json] != nil }

    /// A value for a column; about one in eight is bad, and one in eight null.
    init(_ column: RandomPipeline.Column, _ random: inout Damage) {
        switch random.below(16) {
        case 0, 1: self = RandomValue(json: "null", expected: .null)
        case 2, 3:
            let json = Self.bad(column, &random)
            let staysText =
                column.type == "json"
                || (column.type == "text" && !column.takesIntegers && column.allowed.isEmpty && !column.pattern)
            self = RandomValue(
                json: json, expected: staysText ? Self.damaged[json].map { .text(Array($0.utf8)) } : nil)
        default: self = Self.good(column, &random)
        }
    }

    init(json: String, expected: Expected?) {
        self.json = json
        self.expected = expected
    }

    private static func bad(_ column: RandomPipeline.Column, _ random: inout Damage) -> String {
        var choices = ["[]", "{}", "[1,2]", "{\"a\":1}"]
        switch column.type {
        case "integer":
            choices += [
                "1.5", "9223372036854775808", "-9223372036854775809", "1e300", "\"12\"", "true",
                "123456789012345678901234567890", "1e-3",
            ]
            if column.range != nil { choices += ["1051", "-51", "9007199254740993", "-9223372036854775808", "1051.0"] }
            if !column.allowed.isEmpty { choices += ["0", "3", "-1"] }
            if column.range == -1000...1000 { choices.removeAll { ["1051", "-51", "1051.0"].contains($0) } }
        case "decimal":
            choices += ["\"1.5\"", "true", "1e400", "-1e999"]
            if column.range != nil { choices += ["-10.0000001", "10011", "1e300", "-11"] }
        case "text":
            choices += ["true", "1.5", "\"\\ud800\"", "\"a\\udc00b\""]
            if !column.takesIntegers { choices += ["12", "-1"] }
            if !column.allowed.isEmpty { choices += ["\"open\"", "\"\"", "\"Open \""] }
            if column.pattern { choices += ["\"A\"", "\"a1\"", "\"\"", "\"é\""] }
        case "boolean": choices += ["1", "0", "\"true\""]
        case "date":
            choices += ["\"2026-02-30\"", "\"0000-00-00\"", "\"2026-1-1\"", "20260101", "\"\"", "\"2025-13-01\""]
        case "timestamp":
            choices += [
                "\"2026-02-30T00:00:00Z\"", "\"2026-01-01\"", "\"2026-01-01T24:00:00Z\"", "1",
                "\"2026-01-01T00:00:00\"",
            ]
        case "time": choices += ["\"24:00\"", "\"1:00\"", "930", "\"12:60\""]
        default: choices = ["\"\\udfff\"", "18446744073709551616"]
        }
        return choices[random.below(choices.count)]
    }

    private static func good(_ column: RandomPipeline.Column, _ random: inout Damage) -> RandomValue {
        switch column.type {
        case "integer": return integer(column, &random)
        case "decimal": return decimal(column, &random)
        case "text":
            if column.takesIntegers, random.below(2) == 0 {
                let number = Int64(random.below(1_000_000)) - 10
                return RandomValue(json: "\(number)", expected: .text(Array("\(number)".utf8)))
            }
            if !column.allowed.isEmpty { return quoted(column.allowed[random.below(column.allowed.count)], &random) }
            if column.pattern { return quoted(["a", "lease", "zz"][random.below(3)], &random) }
            return quoted(text(&random), &random)
        case "boolean":
            return random.below(2) == 0
                ? RandomValue(json: "true", expected: .integer(1)) : RandomValue(json: "false", expected: .integer(0))
        case "date":
            let day = utc(Int64(random.below(6_000_000_000)) - 2_000_000_000, "%Y-%m-%d")
            let json = random.below(4) == 0 ? "\"\(day)T10:30:00Z\"" : "\"\(day)\""
            return RandomValue(json: json, expected: .text(Array(day.utf8)))
        case "timestamp": return timestamp(Int64(random.below(6_000_000_000)) - 2_000_000_000, &random)
        case "time":
            let text = ["00:00", "23:59", "09:30:15"][random.below(3)]
            return RandomValue(json: "\"\(text)\"", expected: .text(Array(text.utf8)))
        default:
            if random.below(3) == 0 { return quoted(text(&random), &random) }
            let json = Self.json(&random, depth: 0)
            return RandomValue(json: json, expected: .json(json))
        }
    }

    private static func integer(_ column: RandomPipeline.Column, _ random: inout Damage) -> RandomValue {
        let number: Int64
        if let range = column.range {
            number = Int64(range.lowerBound + random.below(range.count))
        } else if !column.allowed.isEmpty {
            number = Int64(column.allowed[random.below(column.allowed.count)]) ?? 0
        } else {
            let edges: [Int64] = [
                .max, .min, .max - 1, 9_007_199_254_740_992, 9_007_199_254_740_993, -9_007_199_254_740_995, 0, 1,
                999_999_999_999_999_999, 1_000_000_000_000_000_000,
            ]
            number =
                random.below(2) == 0 ? edges[random.below(edges.count)] : Int64(bitPattern: random.next())
        }
        let isExact = number.magnitude <= 9_007_199_254_740_992
        let json = isExact && random.below(8) == 0 ? "\(number).0" : "\(number)"
        return RandomValue(json: json, expected: .integer(number))
    }

    private static func decimal(_ column: RandomPipeline.Column, _ random: inout Damage) -> RandomValue {
        var json: String
        if let range = column.range {
            // Within the bounds with whatever follows the point, which makes a negative number smaller.
            json = "\(range.lowerBound + 1 + random.below(range.count - 2)).\(random.below(100_000))"
        } else {
            switch random.below(7) {
            case 0: json = "\(Int64(bitPattern: random.next()))"
            case 1: json = "\(random.next())"
            case 2:
                json =
                    ["1e308", "-0.0", "4.9e-324", "1E+2", "0.1", "2.2250738585072011e-308", "1e-400"][random.below(7)]
            case 3: json = "\(random.below(1_000_000_000)).\(random.next())"
            case 4:
                let double = Double(bitPattern: random.next())
                json = double.isFinite ? "\(double)" : "0.3"
            default: json = "\(random.below(100_000)).\(10 + random.below(90))"
            }
        }
        if json.hasPrefix("--") { json.removeFirst() }
        // The C library's reading, which is none of the product's.
        return RandomValue(json: json, expected: .real(strtod(json, nil)))
    }

    /// An instant in one of many ways to write it; read as seconds since 1970.
    static func timestamp(_ seconds: Int64, _ random: inout Damage) -> RandomValue {
        let expected = Expected.text(Array(utc(seconds, "%Y-%m-%dT%H:%M:%SZ").utf8))
        let fraction = random.below(4) == 0 ? ".\(random.below(1000))" : ""
        if random.below(2) == 0 {
            return RandomValue(json: "\"\(utc(seconds, "%Y-%m-%dT%H:%M:%S"))\(fraction)Z\"", expected: expected)
        }
        let minutes = random.below(28 * 60) - 14 * 60
        let local = utc(seconds + Int64(minutes) * 60, "%Y-%m-%dT%H:%M:%S")
        let (hours, rest) = (abs(minutes) / 60, abs(minutes) % 60)
        let offset =
            (minutes < 0 ? "-" : "+") + (hours < 10 ? "0" : "") + "\(hours):" + (rest < 10 ? "0" : "") + "\(rest)"
        return RandomValue(json: "\"\(local)\(fraction)\(offset)\"", expected: expected)
    }

    static func utc(_ seconds: Int64, _ format: String) -> String {
        var (time, parts) = (time_t(seconds), tm())
        gmtime_r(&time, &parts)
        var text = [CChar](repeating: 0, count: 64)
        strftime(&text, text.count, format, &parts)
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// A text as JSON, each character plain or escaped.
    static func quoted(_ text: String, _ random: inout Damage) -> RandomValue {
        var json = "\""
        let escapes = random.below(3) == 0
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": json += "\\\""
            case "\\": json += "\\\\"
            case "\n": json += "\\n"
            case _ where scalar.value < 32 || scalar.value == 127 || escapes && random.below(4) == 0:
                for unit in String(scalar).utf16 {
                    let digits = String(unit, radix: 16, uppercase: random.below(2) == 0)
                    json += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                }
            default: json.unicodeScalars.append(scalar)
            }
        }
        return RandomValue(json: json + "\"", expected: .text(Array(text.utf8)))
    }

    private static func text(_ random: inout Damage) -> String {
        let pieces = [
            "a", "é", "e\u{301}", "\u{0}", "😀", "\"", "\\", "\n", "\u{1f}", "日本", "\u{fffd}", "\u{10ffff}", " ", "<b>",
            "\u{7f}", "null", "\u{feff}", "/", "ﬀ",
        ]
        let count = [0, 1, 3, 30, 30, 3000][random.below(6)]
        return (0..<(count == 0 ? 0 : 1 + random.below(count))).map { _ in pieces[random.below(pieces.count)] }.joined()
    }

    private static func json(_ random: inout Damage, depth: Int) -> String {
        switch random.below(depth < 4 ? 7 : 4) {
        case 0: return "\(Int64(bitPattern: random.next()))"
        case 1: return "true"
        case 2 where depth > 0:
            // Foundation's reader, which compares, loses a byte order mark.
            let text = String(String.UnicodeScalarView(text(&random).unicodeScalars.filter { $0 != "\u{feff}" }))
            return quoted(text, &random).json
        case 4, 5:
            return "[" + (0..<random.below(4)).map { _ in json(&random, depth: depth + 1) }.joined(separator: ",") + "]"
        case 6:
            return "{"
                + (0..<random.below(4)).map { "\"k\($0)\":\(json(&random, depth: depth + 1))" }.joined(separator: ",")
                + "}"
        default: return "0.5"
        }
    }
}
