import Foundation
import Testing

/// What the program knows, the documents must name.
@Suite struct DocumentationTests {
    private func text(_ path: String) throws -> String {
        try String(contentsOf: ImportTests.root.appendingPathComponent(path), encoding: .utf8)
    }

    /// Names in double quotes in a source file that match a pattern.
    private func names(_ pattern: String, in path: String) throws -> Set<String> {
        let source = try text(path)
        let expression = try NSRegularExpression(pattern: "\"(\(pattern))\"")
        let range = NSRange(source.startIndex..., in: source)
        return Set(
            expression.matches(in: source, range: range).compactMap {
                Range($0.range(at: 1), in: source).map { String(source[$0]) }
            })
    }

    @Test func everySettingIsInTheOperationsGuide() throws {
        var settings: Set<String> = []
        for module in ["Account", "SyncManager", "cliosync"] {
            for file in try ImportTests.swiftFiles(of: module) {
                let path = String(file.path.dropFirst(ImportTests.root.path.count + 1))
                settings.formUnion(try names("(?:CLIO|SYNC)_[A-Z_]+", in: path))
            }
        }
        #expect(settings.count >= 19)
        let guide = try text("docs/operations.md")
        for setting in settings {
            let isThere = guide.contains("`\(setting)`")
            #expect(isThere, "\(setting) is not in docs/operations.md")
        }
    }

    /// Whether the reference is current, options and all, the end-to-end tests ask the programs themselves.
    @Test func everyCommandIsInTheReference() throws {
        let folder = ImportTests.root.appendingPathComponent("Sources/cliosync/Commands")
        let reference = try text("docs/commands.md")
        var commands: Set<String> = []
        for file in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
            let source = try text("Sources/cliosync/Commands/\(file)")
            let expression = try NSRegularExpression(pattern: "commandName: \"([a-z]+)\"")
            for match in expression.matches(in: source, range: NSRange(source.startIndex..., in: source)) {
                if let range = Range(match.range(at: 1), in: source) { commands.insert(String(source[range])) }
            }
        }
        #expect(commands.count >= 16)
        for command in commands {
            let isThere = reference.contains(" \(command)\n\n`cliosync ")
            #expect(isThere, "\(command) is not in docs/commands.md; run `make docs`")
        }
    }

    @Test func everyManifestKeyIsInItsSchema() throws {
        let schema = try text("docs/manifest.schema.json")
        for file in ["RawLayerState", "ListEvent+Journal", "ResultLayerWriter"] {
            let keys = try names("[a-z_]+", in: "Sources/Staging/\(file).swift")
            for key in keys.subtracting(["raw"]) {
                #expect(schema.contains("\"\(key)\""), "\(key) is not in docs/manifest.schema.json")
            }
        }
    }

    @Test(arguments: ["docs/architecture.md", "CONTRIBUTING.md"])
    func everyModuleIsInTheTableOfLayers(_ document: String) throws {
        let rows = try text(document).split(separator: "\n").filter { $0.hasPrefix("| ") }
        for module in ImportTests.table.keys {
            #expect(rows.contains { $0.contains("`\(module)`") }, "\(module) is not in the table of \(document)")
        }
    }

    @Test func everyDecisionIsListed() throws {
        let folder = ImportTests.root.appendingPathComponent("docs/decisions")
        let list = try text("docs/decisions/README.md")
        for file in try FileManager.default.contentsOfDirectory(atPath: folder.path) where file != "README.md" {
            #expect(list.contains("(\(file))"), "\(file) is not listed")
        }
    }
}
