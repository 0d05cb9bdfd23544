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
        let settings = try names("(?:CLIO|SYNC)_[A-Z_]+", in: "Sources/SyncManager/Settings.swift")
        #expect(settings.count >= 18)
        let guide = try text("docs/operations.md")
        for setting in settings { #expect(guide.contains("`\(setting)`"), "\(setting) is not in docs/operations.md") }
    }

    @Test func everyCommandIsInTheReadme() throws {
        let folder = ImportTests.root.appendingPathComponent("Sources/cliosync/Commands")
        let readme = try text("README.md")
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
            #expect(
                readme.contains("`\(command)") || readme.contains(" \(command)`"), "\(command) is not in README.md")
        }
    }

    @Test func everyManifestKeyIsInItsSchema() throws {
        let schema = try text("docs/manifest.schema.json")
        for file in ["RawLayerState", "ResultLayerWriter"] {
            let keys = try names("[a-z_]+", in: "Sources/Staging/\(file).swift")
            for key in keys.subtracting(["raw"]) {
                #expect(schema.contains("\"\(key)\""), "\(key) is not in docs/manifest.schema.json")
            }
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
