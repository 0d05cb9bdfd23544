import JSON
import Testing

@Suite struct OrderedEncoderTests {
    private func json(_ value: some Encodable) -> String { OrderedEncoder().encode(value) }

    private struct Kinds: Encodable {
        let text: String?
        let whole: Int?
        let large: UInt64?
        let small: Int8?
        let real: Double?
        let truth: Bool?
        let list: [Int?]?
        let map: [String: Int]?
        let inner: Inner?

        struct Inner: Encodable { let x: Int }
    }

    @Test func nilIsNullOfWhateverType() {
        let all = Kinds(
            text: "a", whole: -1, large: .max, small: 7, real: 0.5, truth: false, list: [1, nil], map: ["k": 1],
            inner: Kinds.Inner(x: 2))
        #expect(
            json(all)
                == #"{"text":"a","whole":-1,"large":18446744073709551615,"small":7,"real":0.5,"truth":false,"list":[1,null],"map":{"k":1},"inner":{"x":2}}"#
        )
        let none = Kinds(
            text: nil, whole: nil, large: nil, small: nil, real: nil, truth: nil, list: nil, map: nil, inner: nil)
        #expect(
            json(none)
                == #"{"text":null,"whole":null,"large":null,"small":null,"real":null,"truth":null,"list":null,"map":null,"inner":null}"#
        )
    }

    @Test func membersKeepTheirOrderAndGetSnakeCase() {
        struct Names: Encodable {
            let zebra = 1
            let startedAt = 2
            let clioUserID = 3
            let baseURLOfClio = 4
            let renamed = 5
            let a = 6

            enum CodingKeys: String, CodingKey {
                case zebra, startedAt, clioUserID, baseURLOfClio
                case renamed = "throttled_429"
                case a
            }
        }
        #expect(
            json(Names())
                == #"{"zebra":1,"started_at":2,"clio_user_id":3,"base_url_of_clio":4,"throttled_429":5,"a":6}"#)
    }

    @Test func namesThatAreDataStayAsTheyAre() throws {
        #expect(json(["bB": 1, "Aa": 2, "": 3]) == #"{"":3,"Aa":2,"bB":1}"#)
        struct Tables: Encodable {
            func encode(to encoder: any Encoder) throws {
                var tables = encoder.container(keyedBy: MemberName.self)
                try tables.encode([Int](), forKey: MemberName("myTable"))
                try tables.encode(1, forKey: MemberName("a\"b"))
            }
        }
        #expect(json(Tables()) == #"{"myTable":[],"a\"b":1}"#)
    }

    @Test func aMemberIsLeftOutWhenItsTypeSaysSo() {
        struct Some: Encodable {
            @OmittedWhenNil var a: Int?
            @OmittedWhenNil var b: Int??
            @OmittedWhenEmpty var list: [Int]
        }
        #expect(json(Some(a: nil, b: nil, list: [])) == "{}")
        #expect(json(Some(a: 1, b: .some(nil), list: [2])) == #"{"a":1,"b":null,"list":[2]}"#)
    }

    @Test func numbersAreRoundedUnlessTheyMustNotBe() {
        struct Numbers: Encodable {
            var rounded = 1.23456
            var whole = 100.0
            @Unrounded var exact: Double? = 1.23456
            var infinite = Double.infinity
        }
        #expect(json(Numbers()) == #"{"rounded":1.235,"whole":100,"exact":1.23456,"infinite":null}"#)
    }

    @Test func textIsEscapedAndJSONIsNot() {
        #expect(json("a\"\\\n\u{1}ü") == #""a\"\\\n\u0001ü""#)
        #expect(json([RawJSON?.some(RawJSON(#"{"a": 1}"#)), nil]) == #"[{"a": 1},null]"#)
    }

    @Test func containersMayBeEmptyNestedAndOpenTogether() {
        struct Nothing: Encodable {}
        struct Both: Encodable {
            func encode(to encoder: any Encoder) throws {
                var members = encoder.container(keyedBy: MemberName.self)
                var first = members.nestedUnkeyedContainer(forKey: MemberName("first"))
                var second = members.nestedContainer(keyedBy: MemberName.self, forKey: MemberName("second"))
                try second.encode("x", forKey: MemberName("text"))
                try first.encode(1)
                try first.encodeNil()
                try first.encode(Nothing())
            }
        }
        #expect(json(Both()) == #"{"first":[1,null,{}],"second":{"text":"x"}}"#)
        #expect(json([Int]()) == "[]")
        #expect(json(Int?.none) == "null")
    }
}
