import Foundation

/// `Fixtures/clio-fields.json`: the field names of Clio's list endpoints, from its OpenAPI document.
struct ClioFields: Decodable {
    struct Association: Decodable {
        let kind: String
        let schema: String
        let fields: [String]
        let second_level: [String]
        let enums: [String: [String]]
    }

    /// Length of the `fields` parameter that asks for all of it, where the source says so.
    let length: Int?
    let fields: [String]
    let enums: [String: [String]]
    let associations: [String: Association]

    static func all() throws -> [String: ClioFields] {
        let data = try Data(contentsOf: Repository.fixtures.appending(path: "clio-fields.json"))
        return try JSONDecoder().decode([String: ClioFields].self, from: data)
    }
}
