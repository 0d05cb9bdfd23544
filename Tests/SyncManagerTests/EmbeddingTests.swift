import Account
import Bytes
import Extract
import Foundation
import Jobs
import Logging
import Pipelines
import SyncManager
import Testing

/// The library as README.md and its own documentation show it: what stands there compiles.
@Suite(.timeLimit(.minutes(5))) struct EmbeddingTests {
    // Between the marks: the documents' own lines.

    private func embed() async throws -> RunReport {
        // begin README.md SyncAFirm.md
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

    private func refresh(_ manager: SyncManager, _ job: SyncJob) async throws {
        // begin SyncAFirm.md
        let refresh = try await manager.executeSync(job.id, options: ExtractOptions(update: .counts))
        for change in refresh.changes { print(change.table, change.inserted, change.updated, change.deleted) }
        // end
    }

    private func watch(_ configuration: SyncConfiguration, _ catalog: Catalog, _ logger: Logger) throws -> SyncManager {
        // begin FollowARun.md
        let board = ProgressBoard()
        let manager = try SyncManager(configuration, catalog: catalog, logger: logger, board: board)
        Task {
            while !Task.isCancelled {
                let snapshot = board.snapshot
                if let waiting = snapshot.waiting { print("waits for \(waiting.reason.text)") }
                for row in snapshot.rows { print("\(row.phase)/\(row.entity): \(row.done)") }
                try await Task.sleep(for: .seconds(1))
            }
        }
        // end
        return manager
    }

    private func end(_ manager: SyncManager, _ job: SyncJob, _ logger: Logger) async throws {
        // begin HandleErrors.md
        do {
            let report = try await manager.executeSync(job.id)
            exit(report.exitCode)
        } catch let error as any CommandFailure {
            logger.error("\(error.description)")
            exit(error.exitStatus.rawValue)
        }
        // end
    }

    @Test func theDocumentsShowWhatCompiles() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path
        let articles = root + "/Sources/SyncManager/SyncManager.docc"
        let documents =
            try FileManager.default.contentsOfDirectory(atPath: articles).map { "\(articles)/\($0)" }
            + [root + "/README.md"]
        let own = try String(contentsOfFile: #filePath, encoding: .utf8)
        var shown = 0
        for document in documents {
            let name = URL(fileURLWithPath: document).lastPathComponent
            let compiled = own.components(separatedBy: "// begin ").dropFirst()
                .filter { $0.prefix { $0 != "\n" }.split(separator: " ").contains(Substring(name)) }
                .map { Self.lines($0.components(separatedBy: "// end\n")[0].drop { $0 != "\n" }) }
            let text = try String(contentsOfFile: document, encoding: .utf8)
            let blocks = text.components(separatedBy: "```swift\n").dropFirst()
                .map { Self.lines($0.components(separatedBy: "\n```")[0]).filter { !$0.hasPrefix("import ") } }
            #expect(blocks == compiled, "\(name)")
            shown += blocks.count
        }
        #expect(shown == 5)
    }

    private static func lines(_ text: some StringProtocol) -> [String] {
        text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }
}
