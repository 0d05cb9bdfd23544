import Foundation
import Testing

@testable import Pipelines

/// A changed mapping, and nothing else, asks for a new transform.
@Suite struct FingerprintTests {
    private static let base = """
        format: 1
        phase: core
        title: T
        day: "1"
        entities:
          things:
            title: Things
            priority: 1
            endpoint: things
            fields: [id, a, d, "list{x}"]
            table:
              columns:
                id: {type: integer, required: true}
                a: {type: text, allowed: [p, q], pattern: '^.$'}
                d: {type: date, range: {min: 1900-01-01}}
              children:
                thing_list: {from: list, parent: thing_id, columns: {x: text}}
              rules:
                sensible: {check: d > '2000-01-01' and a != 'p', severity: warn, message: M}
              indexes: [[a]]
        """

    private func entity(_ edits: [(String, String)] = []) throws -> Entity {
        var text = Self.base
        for (old, new) in edits {
            try #require(text.contains(old), "\(old)")
            text = text.replacing(old, with: new)
        }
        return try #require(try PipelineReader.load(files: ["core": Array(text.utf8)]).entities.first)
    }

    @Test(
        "Words, layout and what is asked of Clio change nothing",
        arguments: [
            ("title: Things", "title: Other things"), ("message: M", "message: N"), ("priority: 1", "priority: 2"),
            ("endpoint: things", "endpoint: others"),
            ("endpoint: things", "firm_size: [1, 2, 3]\n    endpoint: things"), ("[id, a, d,", "[id, d, e, a,"),
            ("format: 1", "# a comment\nformat: 1"), ("[p, q]", "[ 'p',   \"q\" ]"),
            ("d > '2000-01-01' and a != 'p'", "( d>'2000-01-01' )  AND (a!='p')"),
            ("id: {type: integer,", "id: {title: Key, description: Words, type: integer,"),
            ("indexes: [[a]]", "title: Table"), ("indexes: [[a]]", "label: a\n      search: [a]"),
            ("entities:", "views: {v: {title: V, tables: [things], sql: SELECT 1}}\nentities:"),
        ])
    func ignores(edit: (String, String)) throws {
        #expect(try entity([edit]).fingerprintText == entity().fingerprintText)
    }

    @Test(
        "What decides the result changes it",
        arguments: [
            ("[p, q]", "[p]"), ("'^.$'", "'^..$'"), ("min: 1900-01-01", "min: 1900-01-02"),
            ("severity: warn", "severity: reject"),
            ("d: {type: date, range", "d: {type: date, required: true, range"),
            ("columns: {x: text}", "columns: {x: json}"),
            ("parent: thing_id", "parent: the_id"), ("thing_list:", "thing_items:"), ("a != 'p'", "a = 'p'"),
            ("a: {type: text,", "a: {severity: reject, type: text,"), ("a: {type: text,", "a: {from: d, type: text,"),
            ("      columns:\n        id", "      name: t\n      columns:\n        id"), ("sensible:", "senseless:"),
            ("d: {type: date,", "e: text\n        d: {type: date,"),
        ])
    func notices(edit: (String, String)) throws {
        let edits = edit.1.contains("e: text") ? [("[id, a, d,", "[id, a, d, e,"), edit] : [edit]
        #expect(try entity(edits).fingerprintText != entity().fingerprintText)
    }

    @Test("The schema's text has columns, types, keys and indexes, and no rules")
    func schema() throws {
        let base = try entity().table.schemaText
        for same in [("[p, q]", "[p]"), ("severity: warn", "severity: reject"), ("min: 1900-01-01", "min: 1900-01-02")]
        {
            #expect(try entity([same]).table.schemaText == base)
        }
        for other in [
            ("indexes: [[a]]", "indexes: [[d]]"), ("d: {type: date, range: {min: 1900-01-01}}", "d: text"),
            ("columns: {x: text}", "columns: {x: text}, indexes: [[x]]"), ("parent: thing_id", "parent: the_id"),
            ("d: {type: date,", "d: {required: true, type: date,"),
        ] {
            let edits = other.1 == "d: text" ? [other, ("d > '2000-01-01'", "d > 'x'")] : [other]
            #expect(try entity(edits).table.schemaText != base, "\(other)")
        }
    }

    @Test("Quotes keep names apart")
    func quoting() {
        #expect(Canonical.quoted("a\"\\\n☃") == "\"a\\\"\\\\\\u000a☃\"")
        #expect(Canonical.list(["a,b"]) != Canonical.list(["a", "b"]))
    }
}
