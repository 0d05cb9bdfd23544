import Foundation
import Testing

@testable import Pipelines

/// What the shipped files ask for is in a column, or listed with a reason; content and secrets are not asked for.
@Suite struct RequestedFieldTests {
    /// The paths of a `fields` list: `id`, `client.id`, `client.name`.
    private static func paths(_ entity: Entity) -> [[String]] {
        entity.fields.flatMap { field -> [[String]] in
            guard let open = field.firstIndex(of: "{") else { return [[field]] }
            let name = String(field[..<open])
            return field[field.index(after: open)...].dropLast().split(separator: ",").map { [name, String($0)] }
        }
    }

    @Test func everyRequestedFieldIsMappedOrListedWithAReason() throws {
        for entity in try Repository.catalog().entities {
            let columns = ([([], entity.table.columns)] + entity.table.children.map { ($0.path, $0.columns) })
                .flatMap { prefix, columns in columns.map { prefix + $0.path } }
            func isMapped(_ path: [String]) -> Bool {
                columns.contains { $0.starts(with: path) || path.starts(with: $0) }
            }
            let listed = entity.rawOnly.map(\.path)
            let unmapped = Self.paths(entity).filter { !isMapped($0) }
            for path in unmapped {
                #expect(
                    listed.contains { path.starts(with: $0) }, "\(entity.phase).\(entity.name): \(path) is in no column"
                )
            }
            for path in listed {
                #expect(
                    unmapped.contains { $0.starts(with: path) },
                    "\(entity.phase).\(entity.name): \(path) is in a column")
            }
        }
    }

    @Test func noContentAndNoSecretIsAskedFor() throws {
        let words = [
            "password", "token", "secret", "put_url", "put_headers", "multiparts", "url", "body", "detail",
            "detail_text_type",
        ]
        for entity in try Repository.catalog().entities {
            for path in Self.paths(entity) {
                let name = path.last ?? ""
                #expect(!words.contains { name == $0 || name.hasSuffix("_" + $0) }, "\(entity.name): \(path)")
                // The note of a time entry is the work itself; elsewhere it is a copy.
                #expect(name != "note" || path.count == 1, "\(entity.name): \(path)")
            }
        }
    }

    @Test func rawOnlyNamesWhatIsAskedFor() {
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
                fields: [id, a, "list{id,x}"]
                raw_only: {a: why, list.x: why, lst: why, b c: why}
                table: {columns: {id: {type: integer, required: true}}}
            """
        #expect {
            try PipelineReader.load(files: ["core": Array(file.utf8)])
        } throws: { error in
            "\(error)".contains(
                "core.yaml:11:37: raw_only: \"lst\" is not among the fields asked for; did you mean \"list\"?")
                && "\(error)".contains("core.yaml:11:47: raw_only: \"b c\" is no path of one or two keys")
        }
    }
}
