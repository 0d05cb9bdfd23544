import Staging
import Testing

@testable import Jobs
@testable import Load
@testable import SyncManager
@testable import Transform
@testable import cliosync

/// Exit codes of errors that end a command, as `--help` promises them.
@Suite struct FailureTests {
    static let errors: [(any Error, Int32)] = [
        (StagingError(.locked, "m"), 5), (StagingError(.name, "m"), 2), (StagingError(.io, "m"), 1),
        (ConfigurationError("m"), 2), (JobError(.busy, "m"), 5), (JobError(.notFound, "m"), 1),
    ]

    @Test(arguments: errors)
    func everyKindOfErrorHasItsCode(_ error: any Error, _ code: Int32) {
        #expect(Failure.code(error) == code)
        #expect(Failure.report(error) == code)
    }
}
