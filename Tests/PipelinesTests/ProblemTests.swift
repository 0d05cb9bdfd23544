import Foundation
import Pipelines
import Testing

/// Each folder of `Fixtures/bad` holds pipeline files with faults and `expected.txt`, a line per fault.
///
/// After a change of a message, look at it, then run the tests once with `CLIOSYNC_RECORD=1`.
@Suite struct ProblemTests {
    static let cases = [
        "children", "columns", "duplicates", "entity", "fields", "files", "links", "phase", "rules", "shape", "syntax",
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
}
