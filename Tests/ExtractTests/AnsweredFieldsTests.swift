import JSON
import Testing

@testable import Extract

struct AnsweredFieldsTests {
    private func compare(_ record: String, _ requested: [String]) throws -> AnsweredFields {
        let parser = JSONParser()
        return AnsweredFields(try parser.parse(record), requested: requested)
    }

    @Test func aRecordWithAllFieldsHasNothingToSay() throws {
        let record =
            #"{"id":1,"client":{"id":2,"name":"x"},"parts":[{"id":3}],"group":null,"area":{"id":4,"etag":"e"}}"#
        let found = try compare(record, ["id", "client{id,name}", "parts{id}", "group{id,name}", "area"])
        #expect(found.unrequested.isEmpty && found.missing.isEmpty)
    }

    @Test func keysThatNothingRequestsAreNamedWithTheirAssociation() throws {
        let record = #"{"id":1,"color":"red","client":{"id":2,"age":3},"parts":[{"id":3,"x":1},{"x":2,"y":3}]}"#
        let found = try compare(record, ["id", "client{id,name}", "parts{id}"])
        #expect(found.unrequested == ["color", "client.age", "parts.x", "parts.y"])
        #expect(found.missing.isEmpty)
    }

    @Test func requestedFieldsThatAreNotThereAreNamed() throws {
        let found = try compare(#"{"id":1}"#, ["id", "name", "client{id,name}"])
        #expect(found.missing == ["name", "client"])
        #expect(try compare("[]", ["id"]).missing.isEmpty)
    }
}
