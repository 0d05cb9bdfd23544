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

    @Test("A file that is missing, and that the others need, is one problem", arguments: ["core", "supporting"])
    func missingFile(name: String) throws {
        let problems = try problems { try FileManager.default.removeItem(at: $0.appending(path: "\(name).yaml")) }
        #expect(problems.count == 1, "\(problems.map(\.description).joined(separator: "\n"))")
        let text = try #require(problems.first).description
        #expect(text.hasPrefix("\(name).yaml: not in ") && text.contains("cliosync init"))
        #expect(text.contains("(the first: "))
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
        #expect(problems.count == 2)
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
