import Foundation
import Testing

@testable import Pipelines

/// What may be masked, and what a mask covers.
@Suite struct MaskTests {
    private static func load(matterColumns: String = "", columns: String, rest: String = "") throws -> Catalog {
        let file = """
            format: 1
            phase: core
            title: T
            day: "1"
            entities:
              people:
                title: People
                priority: 1
                endpoint: people
                fields: [id, updated_at, name, born, tax, "phones{id,number}", "boss{id,name,born}"]
                table:
                  columns:
                    id: {type: integer, required: true}
                    updated_at: timestamp
            \(columns.split(separator: "\n").map { "        " + $0 }.joined(separator: "\n"))
                  children:
                    phones:
                      from: phones
                      parent: person_id
                      columns: {number: {type: text, mask: sha256}}
            \(rest)
              matters:
                title: Matters
                priority: 1
                endpoint: matters
                fields: [id, "client{id,name,born,tax}", "parties{id,born}"]
                table:
                  columns:
                    id: {type: integer, required: true}
                    client_id: {from: client.id, type: integer, references: people}
            \(matterColumns)
                  children:
                    parties: {from: parties, parent: matter_id, columns: {party_id: {from: id, type: integer, references: people}}}
            """
        return try PipelineReader.load(files: ["core": Array(file.utf8)])
    }

    @Test func aMaskCoversListsAndCopiesThatHaveNoColumn() throws {
        let catalog = try Self.load(
            columns: "boss_id: {from: boss.id, type: integer, references: people}\nborn: {type: date, mask: drop}")
        #expect(catalog.entities[0].masks.map(\.text) == ["boss.born drop", "born drop", "phones.number sha256"])
        #expect(catalog.entities[1].masks.map(\.text) == ["client.born drop", "parties.born drop"])
    }

    @Test func theMaskIsPartOfTheFingerprint() throws {
        let plain = try Self.load(columns: "tax: text").entities[0].fingerprintText
        #expect(try Self.load(columns: "tax: {type: text, mask: sha256}").entities[0].fingerprintText != plain)
    }

    @Test(arguments: [
        ("name: {type: text, mask: hash}", "expected one of sha256, drop"),
        ("boss_id: {from: boss.id, type: integer, mask: drop}", "ids and references cannot be masked"),
        ("born: {type: date, mask: sha256}", "sha256 makes a text, this column has date"),
        (
            "tax: {type: text, mask: sha256, pattern: '^[0-9]'}",
            "allowed, range and pattern cannot look at a masked value"
        ),
        (
            "born: {type: date, mask: drop, required: true, severity: warn}",
            "drop leaves nothing that could be required"
        ),
        (
            "tax: {type: text, mask: sha256}\nother: {from: tax, type: text}",
            "the column \"other\" reads the same field"
        ),
        (
            "name: {type: text, mask: drop}\nboss: {from: boss, type: json, mask: drop}\nboss_id: {from: boss.id, type: integer}",
            "the column \"boss_id\" reads the same field"
        ),
    ])
    func whatCannotBeMaskedIsNamedWithItsPlace(_ columns: String, _ words: String) {
        #expect {
            _ = try Self.load(columns: columns)
        } throws: { error in
            "\(error)".contains(words) && "\(error)".contains("core.yaml:15:")
                || "\(error)".contains(words) && "\(error)".contains("core.yaml:16:")
        }
    }

    @Test func rulesSearchAndColumnsWithCopiesAreNamed() {
        #expect {
            _ = try Self.load(
                matterColumns: "        client_name: {from: client.name, type: text}",
                columns: "name: {type: text, mask: sha256}",
                rest: "      search: [name]\n      rules: {named: {check: name != 'x', severity: warn}}")
        } throws: { error in
            "\(error)".contains(
                "column \"client_name\": is a copy of people.name, which is masked; give it mask: sha256")
                && "\(error)".contains("mask: the rule \"named\" compares this column")
                && "\(error)".contains("mask: search looks through this column")
        }
    }

    @Test func theVersionColumnCannotBeMasked() {
        let file = """
            format: 1
            phase: core
            title: T
            day: "1"
            entities:
              things:
                title: Things
                priority: 1
                endpoint: things
                fields: [id, updated_at]
                table: {columns: {id: {type: integer, required: true, mask: drop}, updated_at: {type: timestamp, mask: drop}}}
            """
        #expect {
            try PipelineReader.load(files: ["core": Array(file.utf8)])
        } throws: { error in
            "\(error)".contains("ids and references cannot be masked")
                && "\(error)".contains("updated_at says which version is newer and cannot be masked")
        }
    }
}
