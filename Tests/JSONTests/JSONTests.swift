import Bytes
import JSON
import TestSupport
import Testing

@Suite struct JSONTests {
    /// Parses and writes again.
    private func round(_ json: String) throws -> String {
        let parser = JSONParser()
        var writer = JSONWriter()
        writer.value(try parser.parse(json))
        return writer.text
    }

    @Test(arguments: [
        #"{"a":1,"b":[true,false,null],"c":{"d":"x"}}"#, #"[]"#, #"{}"#, #"[[[]]]"#, #"-0.5"#,
        #"[9223372036854775807,-9223372036854775808,18446744073709551615]"#, #""😀 \u0000 \"\\""#,
        #"[1e+300,0.1,123456789.125]"#,
    ])
    func aValueIsWrittenAsItWasRead(_ json: String) throws {
        #expect(try round(json) == json)
    }

    /// What simdjson refuses goes to the lenient parser; both must agree wherever both can read.
    @Test(arguments: [
        #"{"a":1,"b":[true,false,null],"c":{"d":"x\n\u00e9\ud83d\ude00"},"e":-1.5e3,"f":[],"g":{}}"#,
        #" [ 1 , 2 , { "k" : [ ] } ] "#,
    ])
    func bothParsersAgree(_ json: String) throws {
        let plain = try round(json)
        // A number beyond 64 bits beside it forces the lenient parser.
        #expect(try round("[\(json),123456789012345678901234567890]") == "[\(plain),123456789012345678901234567890]")
    }

    @Test func numbersBeyond64BitsAreMarked() throws {
        let parser = JSONParser()
        let record = try parser.parse(#"{"id":18446744073709551616,"n":7,"x":1e999}"#)
        #expect(record["id"]?.kind == .bigNumber)
        #expect(record["id"]?.int64 == nil)
        #expect(record["n"]?.int64 == 7)
        #expect(record["x"]?.kind == .bigNumber)
        #expect(parser.lastWasLenient)
    }

    @Test func damagedTextIsMarkedAndTheRestIsRead() throws {
        let parser = JSONParser()
        let half = try parser.parse(#"{"a":"x\ud800y","b":"fine"}"#)
        #expect(half["a"]?.kind == .damagedString)
        #expect(half["b"]?.string == "fine")
        let bytes = Array(#"{"a":""#.utf8) + [0xC3, 0x28, 0xFF] + Array(#"","b":2}"#.utf8)
        let invalid = try bytes.withUnsafeBytes { try parser.parse(copying: $0) }
        #expect(invalid["a"]?.kind == .damagedString)
        #expect(invalid["a"]?.utf8.map { String(decoding: $0, as: UTF8.self) } == "\u{FFFD}(\u{FFFD}")
        #expect(invalid["b"]?.int64 == 2)
    }

    @Test func aByteOrderMarkIsPassedOver() throws {
        let parser = JSONParser()
        #expect(try parser.parse("\u{FEFF}{\"a\":1}")["a"]?.int64 == 1)
        // Also where the lenient parser reads.
        #expect(try parser.parse("\u{FEFF}{\"a\":1,\"b\":\"\\ud800\"}")["a"]?.int64 == 1)
        #expect(throws: JSONError.self) { try parser.parse("\u{FEFF}") }
    }

    @Test(arguments: [
        "", " ", "{", "[1,", #"{"a""#, #"{"a":}"#, "[1 2]", "tru", "01", "1.", "-", #""abc"#, #"{"a":1}}"#, "nul",
        #"{"a":1,}"#, "[,1]", #"["\q"]"#, #"["\u12g4"]"#, "{1:2}", "+1",
    ])
    func noJSONIsRefused(_ text: String) {
        #expect(throws: JSONError.self) { try JSONParser().parse(text) }
    }

    @Test func depthIsBounded() throws {
        let deep = String(repeating: "[", count: 100_000)
        #expect(throws: JSONError.self) { try JSONParser().parse(deep) }
        let fine = String(repeating: "[", count: 500) + String(repeating: "]", count: 500)
        #expect(try round(fine) == fine)
    }

    @Test func theLastOfTwoEqualKeysCounts() throws {
        let parser = JSONParser()
        #expect(try parser.parse(#"{"a":1,"a":2}"#)["a"]?.int64 == 2)
    }

    @Test(arguments: [
        0.1, -2.5e-8, 2.2250738585072014e-308, 1e21, 1.2345678901234568e20, -9.3e18, 1e19, 123456.789,
        1.7976931348623157e308,
    ])
    func doublesReadBackTheSame(_ number: Double) throws {
        var writer = JSONWriter()
        writer.double(number)
        let parser = JSONParser()
        #expect(try parser.parse(writer.text).double == number)
    }

    @Test(arguments: [Int64.min, -10, -9, 0, 9, 10, 99, 100, 1_000_000_007, Int64.max])
    func integersAreWrittenInFull(_ number: Int64) {
        var buffer = ByteBuffer()
        buffer.appendDecimal(number)
        #expect(buffer.text() == String(number))
    }

    @Test func minifyingChangesNoValue() throws {
        var output = ByteBuffer()
        let text = Array("{ \"a b\" : 1.50 ,\n\t\"c\\\"d\" : [ 1e5 , \" x \" ] }".utf8)
        try text.withUnsafeBytes { try JSONMinifier.minify($0, into: &output) }
        #expect(output.text() == #"{"a b":1.50,"c\"d":[1e5," x "]}"#)
    }

    /// Random bytes and random damage: an answer or an error, never a crash.
    @Test func anyBytesAreSurvived() {
        var random = TestSeed.numbers()
        let parser = JSONParser()
        let seed = Array(#"{"id":12,"name":"a\u00e9\ud83d\ude00","list":[1,2.5e3,{"x":null}],"t":true}"#.utf8)
        for _ in 0..<20_000 {
            var bytes = seed
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: place)
                default: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
                }
            }
            bytes.withUnsafeBytes { raw in
                guard let value = try? parser.parse(copying: raw) else { return }
                var writer = JSONWriter()
                writer.value(value)
                #expect((try? JSONParser().parse(writer.text)) != nil)
            }
        }
    }
}
