import Foundation
import Pipelines
import Testing

/// Each folder of `Fixtures/bad` holds pipeline files with faults and `expected.txt`, a line per fault.
///
/// After a change of a message, look at it, then run the tests once with `CLIOSYNC_RECORD=1`.
@Suite struct ProblemTests {
    static let cases = [
        "children", "columns", "duplicates", "entity", "fields", "files", "links", "phase", "references", "rules",
        "shape", "syntax",
        "table", "table-use", "values", "views",
    ]

    @Test("Every folder of faulty files is a case")
    func everyFolder() throws {
        let folders = try FileManager.default.contentsOfDirectory(
            atPath: Repository.fixtures.appending(path: "bad").path)
        #expect(folders.sorted() == Self.cases)
    }

    @Test("All that is wrong is said at once, each at its line", arguments: cases)
    func problems(name: String) throws {
        let folder = Repository.fixtures.appending(path: "bad/\(name)")
        let expected = folder.appending(path: "expected.txt")
        let error = try #require(throws: PipelineError.self) { try Catalog.load(folder: folder.path) }
        // Folders are named by their path, which differs from machine to machine.
        let text = error.description.replacing(folder.path, with: "FOLDER") + "\n"
        if ProcessInfo.processInfo.environment["CLIOSYNC_RECORD"] == "1" {
            try text.write(to: expected, atomically: true, encoding: .utf8)
        }
        #expect(text == (try String(contentsOf: expected, encoding: .utf8)))
        #expect(error.problems.count == error.description.split(separator: "\n").count)
    }

    @Test("A folder that is missing, or empty, is said to be so")
    func folders() throws {
        let missing = #expect(throws: PipelineError.self) { try Catalog.load(folder: "/nonexistent/pipelines") }
        #expect(missing?.description.contains("/nonexistent/pipelines: no such folder") == true)
        let folder = FileManager.default.temporaryDirectory.appending(path: "pipelines-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let empty = #expect(throws: PipelineError.self) { try Catalog.load(folder: folder.path) }
        #expect(empty?.description.contains("has no pipeline file") == true)
    }

    /// A copy of the repository's files, changed by `change`, and what is then said of it.
    private func problems(_ change: (URL) throws -> Void) throws -> [PipelineError.Problem] {
        let folder = FileManager.default.temporaryDirectory.appending(path: "pipelines-\(UUID().uuidString)")
        try FileManager.default.copyItem(atPath: Repository.pipelines, toPath: folder.path)
        defer { try? FileManager.default.removeItem(at: folder) }
        try change(folder)
        return try #require(throws: PipelineError.self) { try Catalog.load(folder: folder.path) }.problems
    }

    @Test("A file that is missing, and whose tables the others use, is one problem")
    func missingFile() throws {
        let problems = try problems { try FileManager.default.removeItem(at: $0.appending(path: "core.yaml")) }
        #expect(problems.count == 1, "\(problems.map(\.description).joined(separator: "\n"))")
        let text = try #require(problems.first).description
        #expect(text.hasPrefix("core.yaml: not in ") && text.contains("cliosync init"))
        #expect(text.contains("(the first: "))
    }

    @Test(
        "A phase that a firm does without is no problem: references into it are ids that nothing checks",
        arguments: [["extended"], ["billing"], ["extended", "billing"], ["historical"]])
    func absentPhases(names: [String]) throws {
        let whole = try Catalog.load(folder: Repository.pipelines)
        let absent = whole.phases.filter { names.contains($0.name) }.flatMap(\.entities).map(\.table)
        let gone = Set(absent.flatMap { [$0.name] + $0.children.map(\.name) })
        let folder = FileManager.default.temporaryDirectory.appending(path: "pipelines-\(UUID().uuidString)")
        try FileManager.default.copyItem(atPath: Repository.pipelines, toPath: folder.path)
        defer { try? FileManager.default.removeItem(at: folder) }
        for name in names { try FileManager.default.removeItem(at: folder.appending(path: "\(name).yaml")) }
        let catalog = try Catalog.load(folder: folder.path)
        #expect(catalog.absentPhases == names.sorted())
        for entity in catalog.entities {
            let before = try #require(whole.entities.first { $0.phase == entity.phase && $0.name == entity.name })
            let columns = [entity.table.columns] + entity.table.children.map(\.columns)
            let full = [before.table.columns] + before.table.children.map(\.columns)
            for (column, original) in zip(columns.joined(), full.joined()) {
                let expected = original.referencedTables.filter { !gone.contains($0) }
                #expect(column.name == original.name && column.referencedTables == expected)
                #expect(!expected.isEmpty || !column.isReference, "\(entity.name).\(column.name)")
            }
        }
    }

    @Test("A typo beside a missing file is said at its line")
    func missingFileAndTypo() throws {
        let problems = try problems { folder in
            try FileManager.default.removeItem(at: folder.appending(path: "supporting.yaml"))
            let core = folder.appending(path: "core.yaml")
            let text = try String(contentsOf: core, encoding: .utf8)
            try text.replacing("references: users", with: "references: usres", maxReplacements: 1)
                .write(to: core, atomically: true, encoding: .utf8)
        }
        #expect(problems.count == 1)
        #expect(problems.contains { $0.line > 0 && $0.message.contains("did you mean \"users\"?") })
    }

    @Test("What cannot be read is said once, with its cause")
    func unreadable() throws {
        let folder = try problems { folder in
            try FileManager.default.removeItem(at: folder.appending(path: "core.yaml"))
            try FileManager.default.createDirectory(
                at: folder.appending(path: "core.yaml"), withIntermediateDirectories: true)
        }
        #expect(folder.count == 1 && folder[0].message.hasPrefix("is a folder, not a file; move it away"))
        let empty = try problems { try Data().write(to: $0.appending(path: "core.yaml")) }
        #expect(empty.count == 1 && empty[0].message.hasPrefix("is empty; "))
        let link = try problems { folder in
            try FileManager.default.removeItem(at: folder.appending(path: "core.yaml"))
            try FileManager.default.createSymbolicLink(
                at: folder.appending(path: "core.yaml"), withDestinationURL: folder.appending(path: "nothing"))
        }
        #expect(link.count == 1 && link[0].message.contains("a link to nothing"))
        let file = FileManager.default.temporaryDirectory.appending(path: "pipelines-\(UUID().uuidString)")
        try Data("x".utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let error = #expect(throws: PipelineError.self) { try Catalog.load(folder: file.path) }
        #expect(error?.description.contains("is a file, not a folder") == true)
        #expect(error?.problems.count == 1)
    }
}
