import ArgumentParser
import Bytes
import Foundation
import Pipelines
import Staging
import Tables
import Testing

@testable import Account
@testable import Extract
@testable import Jobs
@testable import Load
@testable import StatusPage
@testable import SyncManager
@testable import Transform
@testable import cliosync

/// Exit codes of errors that end a command: the same ones for one firm and for all of them.
@Suite struct FailureTests {
    static let errors: [(any CommandFailure, Int32)] = [
        (StagingError(.locked, "m"), 5), (StagingError(.name, "m"), 2), (StagingError(.otherAccount, "m"), 2),
        (StagingError(.io, "m"), 1), (ConfigurationError("m"), 2), (JobError(.busy, "m"), 5),
        (JobError(.notFound, "m"), 1), (LoadError(.locked, "m"), 5), (LoadError(.pipeline, "m"), 2),
        (LoadError(.otherAccount, "m"), 2), (LoadError(.stopped, "m"), 130), (LoadError(.full, "m"), 1),
        (TransformError(.configuration, "m"), 2), (TransformError(.nothingExtracted, "m"), 2),
        (TransformError(.stopped, "m"), 130), (TransformError(.staging(.locked), "m"), 5),
        (TransformError(.staging(.io), "m"), 1), (TransformError(.staging(.otherAccount), "m"), 2),
        (LoginError(.refused, "m"), 4), (LoginError(.noToken, "m"), 4), (LoginError(.port, "m"), 2),
        (LoginError(.denied, "m"), 1), (CriticalError(description: "m"), 4), (AccountError(description: "m"), 2),
        (PipelineError(problems: []), 2), (StatusPageError(description: "m"), 1),
        (ClioError(.unauthorized, "m"), 4), (ClioError(.stopped, "m"), 130), (ClioError(.transient, "m"), 1),
    ]

    @Test(arguments: errors)
    func everyKindOfErrorHasItsCode(_ error: any CommandFailure, _ code: Int32) {
        #expect(Failure.code(error) == code)
        #expect(Failure.report(error) == code)
    }

    @Test func wrongUsageHasOneCodeWhereverItIsCaught() {
        let error = #expect(throws: (any Error).self) { try Cliosync.parseAsRoot(["run", "--no-such-option"]) }
        guard let error else { return }
        #expect(Failure.code(error) == 2)
        #expect(Failure.report(error) == 2)
    }

    @Test func severityRanksEveryCode() {
        #expect(Set(ExitStatus.bySeverity) == Set(ExitStatus.allCases))
        #expect(ExitStatus.bySeverity.count == ExitStatus.allCases.count)
    }

    /// A public error type above the adapters can reach a command, whose exit code it must carry.
    @Test func everyPublicErrorTypeAboveTheAdaptersIsACommandFailure() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Sources")
        // Errors of the adapters are wrapped by the module that calls them.
        let adapters: Set = ["Gzip", "JSON", "HTTP", "LocalServer", "SQLite", "ClioSimulator"]
        var types = 0
        for path in try FileManager.default.subpathsOfDirectory(atPath: root.path) where path.hasSuffix(".swift") {
            guard let module = path.split(separator: "/").first, !adapters.contains(String(module)) else { continue }
            let text = try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
            for line in text.split(separator: "\n") where line.hasPrefix("public struct ") && line.contains(": ") {
                let parents = line.split(separator: ":")[1].split { " ,{".contains($0) }
                types += parents.contains("CommandFailure") ? 1 : 0
                #expect(!parents.contains("Error"), "\(path): \(line)")
            }
        }
        #expect(types >= 11)
    }
}
