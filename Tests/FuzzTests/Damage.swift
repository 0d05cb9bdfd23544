import Foundation
import Pipelines

/// Random numbers that can be had again, and what they spoil.
struct Damage {
    let seed: UInt64
    private var state: UInt64

    init(seed: UInt64) {
        self.seed = seed
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }

    mutating func below(_ count: Int) -> Int { Int(next() % UInt64(max(1, count))) }

    /// A record of an entity, more often than not with something wrong; one line.
    mutating func line(_ entity: Entity, _ number: Int) -> [UInt8] {
        var members = ["\"id\":\(7_800_000_000 + number)"]
        for field in entity.fields where below(3) > 0 {
            let name = field.prefix { $0 != "{" }
            let inner = field.dropFirst(name.count).dropFirst().dropLast().split(separator: ",")
            let text: String
            if inner.isEmpty {
                text = value(depth: 0)
            } else {
                let object = "{" + inner.map { "\"\($0)\":\(value(depth: 1))" }.joined(separator: ",") + "}"
                text = below(4) == 0 ? "[\(object),\(object)]" : object
            }
            members.append("\"\(name)\":\(text)")
        }
        var bytes = Array("{\(members.joined(separator: ","))}".utf8)
        if below(3) == 0 { bytes = spoil(bytes, times: 1 + below(4)) }
        return bytes.map { $0 == UInt8(ascii: "\n") ? UInt8(ascii: " ") : $0 }
    }

    private static let values = [
        "null", "true", "false", "0", "-1", "9007199254740993", "9223372036854775807", "9223372036854775808",
        "-9223372036854775809", "1e400", "-0.0", "12.345678901234567890", "1E+2", "\"\"", "\"x\"", "\"2026-02-30\"",
        "\"2026-02-28\"", "\"2025-08-14T00:15:35-04:00\"", "\"2025-08-14T24:00:00Z\"", "\"0000-00-00\"", "\"\\u0000\"",
        "\"\\ud800\"", "\"\\ud83d\\ude00\"", "\"\\u00e9\"", "\"é\"", "[]", "{}", "[null]", "[[[[]]]]",
        "[{\"id\":1,\"value\":\"v\"}]", "\"<script>\"", "\"a\\\\b\\/c\\n\"",
    ]

    private mutating func value(depth: Int) -> String {
        switch below(12) {
        case 0 where depth < 3: "{\"id\":\(value(depth: depth + 1)),\"id\":\(value(depth: depth + 1))}"
        case 1: "\"" + String(repeating: "ä", count: below(3000)) + "\""
        case 2: String(repeating: "[", count: 40) + String(repeating: "]", count: 40)
        default: Self.values[below(Self.values.count)]
        }
    }

    /// Bytes with random damage: flipped, cut out, doubled, put in.
    mutating func spoil(_ bytes: [UInt8], times: Int) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<times where !bytes.isEmpty {
            let place = below(bytes.count)
            let end = min(bytes.count, place + 1 + below(20))
            switch below(6) {
            case 0: bytes[place] ^= UInt8(1 << below(8))
            case 1: bytes[place] = UInt8(below(256))
            case 2: bytes.removeSubrange(place..<end)
            case 3: bytes.insert(contentsOf: bytes[place..<end], at: below(bytes.count))
            case 4: bytes.insert(contentsOf: Array(Self.values[below(Self.values.count)].utf8), at: place)
            default: bytes.removeSubrange(place...)
            }
        }
        return bytes
    }
}
