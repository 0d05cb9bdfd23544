import Staging
import Tables
import Testing

@testable import Jobs
@testable import Load
@testable import SyncManager
@testable import Transform
@testable import cliosync

/// Exit codes of errors that end a command: the same ones for one firm and for all of them.
@Suite struct FailureTests {
    static let errors: [(any Error, Int32)] = [
        (StagingError(.locked, "m"), 5), (StagingError(.name, "m"), 2), (StagingError(.io, "m"), 1),
        (ConfigurationError("m"), 2), (JobError(.busy, "m"), 5), (JobError(.notFound, "m"), 1),
        (LoadError(.locked, "m"), 5), (LoadError(.pipeline, "m"), 2), (LoadError(.full, "m"), 1),
        (TransformError(.configuration, "m"), 2), (TransformError(.stopped, "m"), 130),
        (TransformError(.staging(.locked), "m"), 5), (LoginError(.refused, "m"), 4), (LoginError(.port, "m"), 2),
    ]

    @Test(arguments: errors)
    func everyKindOfErrorHasItsCode(_ error: any Error, _ code: Int32) {
        #expect(Failure.code(error) == code)
        #expect(Failure.report(error) == code)
    }
}
