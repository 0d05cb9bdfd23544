import Foundation
import TestSupport
import Testing

@testable import Pipelines

/// The keys of the reader, of the JSON Schema and of the manual are the same.
@Suite struct DocumentationTests {
    @Test("docs/pipelines.md has a section per block, with every key", arguments: PipelineKeys.blocks.map(\.name))
    func manual(block: String) throws {
        let keys = try #require(PipelineKeys.blocks.first { $0.name == block }).keys
        let text = try Repository.text("docs/pipelines.md")
        let sections = text.split(separator: "\n### ", omittingEmptySubsequences: false).dropFirst()
        let section = try #require(sections.first { $0.hasPrefix("`\(block)`") }, "no section `\(block)`")
        let body = section.split(separator: "\n## ").first ?? ""
        let rows = body.split(separator: "\n").filter { $0.hasPrefix("| `") }
        let documented = rows.compactMap { $0.split(separator: "`").dropFirst().first.map(String.init) }
        #expect(documented == keys)
    }

    @Test("docs/pipelines.md names every type and severity")
    func words() throws {
        let text = try Repository.text("docs/pipelines.md")
        for type in ColumnType.allCases { #expect(text.contains("| `\(type.rawValue)` |"), "\(type)") }
        for severity in Severity.allCases { #expect(text.contains("`\(severity.rawValue)`"), "\(severity)") }
    }

    @Test("The complete example of docs/pipelines.md is a pipeline file")
    func example() throws {
        let text = try Repository.text("docs/pipelines.md")
        let example = try #require(
            text.split(separator: "```yaml\n").first { $0.hasPrefix("# yaml-language-server") }?.split(
                separator: "\n```"
            ).first)
        let catalog = try PipelineReader.load(files: ["core": Array(example.utf8)])
        #expect(!catalog.entities.isEmpty)
    }

    @Test("pipeline.schema.json has the reader's keys, types and severities")
    func schemaKeys() throws {
        let data = Data(try Repository.text("pipelines/pipeline.schema.json").utf8)
        let schema = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        let blocks = try #require(schema["$defs"] as? [String: Any])
        for block in PipelineKeys.blocks {
            var definition = try #require(blocks[block.name] as? [String: Any], "\(block.name)")
            if let choices = definition["oneOf"] as? [[String: Any]], definition["properties"] == nil {
                definition = try #require(choices.first { $0["properties"] != nil })
            }
            let properties = try #require(definition["properties"] as? [String: Any])
            #expect(Set(properties.keys) == Set(block.keys), "\(block.name)")
            #expect(definition["additionalProperties"] as? Bool == false, "\(block.name)")
        }
        func values(_ name: String) -> [String]? { (blocks[name] as? [String: Any])?["enum"] as? [String] }
        #expect(values("type") == ColumnType.allCases.map(\.rawValue))
        #expect(values("severity") == Severity.allCases.map(\.rawValue))
    }

    @Test("The shipped files satisfy the schema, and faulty ones do not")
    func schemaAccepts() async throws {
        func check(_ files: [String]) async -> Tool.Ending {
            await Tool.run(
                "python3",
                [
                    "-B", Repository.root.appending(path: "Tests/PipelinesTests/Fixtures/validate_schema.py").path,
                ]
                    + (["pipelines/pipeline.schema.json"] + files).map { Repository.root.appending(path: $0).path })
        }
        let files = try Repository.catalog().phases.map(\.name).map { "pipelines/\($0).yaml" }
        let good = await check(files + ["core", "supporting"].map { "Tests/PipelinesTests/Fixtures/good/\($0).yaml" })
        // 77 and 127: no PyYAML or jsonschema, or no Python; `schemaKeys` compares the keys anyway.
        if good.code == 77 || good.code == 127 { return }
        #expect(good.code == 0, "\(good.text)")
        for name in [
            "children", "columns", "entity", "fields", "phase", "rules", "shape", "table", "table-use", "values",
        ] {
            let bad = await check(["Tests/PipelinesTests/Fixtures/bad/\(name)/core.yaml"])
            #expect(bad.code == 1 && !bad.text.contains("Traceback"), "\(name): \(bad.text)")
        }
    }

    @Test("Every shipped file tells editors where its schema is")
    func schemaLine() throws {
        for phase in try Repository.catalog().phases.map(\.name) {
            let text = try Repository.text("pipelines/\(phase).yaml")
            #expect(text.hasPrefix("# yaml-language-server: $schema=pipeline.schema.json\n"))
        }
    }
}
