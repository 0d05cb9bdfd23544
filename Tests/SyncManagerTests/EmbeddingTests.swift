import Account
import Foundation
import Jobs
import Logging
import Pipelines
import SyncManager
import Testing

/// The library as README.md shows it: this compiles, and it is what stands there.
@Suite(.timeLimit(.minutes(5))) struct EmbeddingTests {
    /// Between the marks: README's own lines.
    private func embed() async throws -> RunReport {
        // begin
        let catalog = try Catalog.load(folder: "pipelines")
        let settings = try Settings(environment: ProcessInfo.processInfo.environment)
        let manager = try SyncManager(
            SyncConfiguration(connection: "smith", staging: "staging", database: "smith.sqlite", settings: settings),
            catalog: catalog, logger: Logger(label: "sync"))
        let job = try manager.createInitialSync(connection: "smith", phases: ["core"])
        let report = try await manager.executeSync(job.id)
        // end
        return report
    }

    @Test func theReadmeShowsWhatCompiles() throws {
        let own = try String(contentsOfFile: #filePath, encoding: .utf8)
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path
        let readme = try String(contentsOfFile: root + "/README.md", encoding: .utf8)
        func lines(_ text: String, from start: String, to end: String) -> [String] {
            let rest = text.components(separatedBy: start).dropFirst().first ?? ""
            return (rest.components(separatedBy: end).first ?? "").split(separator: "\n")
                .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
        }
        let shown = lines(readme, from: "```swift\n", to: "\n```")
        #expect(shown.count == 7)
        #expect(shown == lines(own, from: "// begin\n", to: "// end\n"))
    }
}
