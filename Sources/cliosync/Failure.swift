import ArgumentParser
import Foundation
import Jobs
import Load
import Pipelines
import Staging
import StatusPage
import SyncManager
internal import Tables
import Transform

/// Errors as one line on stderr and an exit code.
enum Failure {
    /// The process's exit code for an error, which is not printed.
    static func code(_ error: any Error) -> Int32 {
        switch error {
        case let code as ExitCode: return code.rawValue
        case let error as StagingError:
            let codes: [StagingError.Code: Int32] = [.locked: 5, .name: 2, .otherAccount: 2]
            return codes[error.code] ?? 1
        case let error as LoadError:
            let codes: [LoadError.Code: Int32] = [.locked: 5, .pipeline: 2, .otherAccount: 2, .stopped: 130]
            return codes[error.code] ?? 1
        case let error as TransformError:
            switch error.code {
            case .configuration, .nothingExtracted: return 2
            case .stopped: return 130
            case .staging(let code): return code == .locked ? 5 : 1
            }
        case let error as LoginError:
            let codes: [LoginError.Code: Int32] = [.refused: 4, .noToken: 4, .port: 2]
            return codes[error.code] ?? 1
        case let error as JobError: return error.code == .busy ? 5 : 1
        case is ConfigurationError, is AccountError, is PipelineError: return 2
        case is CriticalError: return 4
        default: return 1
        }
    }

    /// Prints an error the way people can use it.
    /// - Returns: the process's exit code.
    static func report(_ error: any Error) -> Int32 {
        switch error {
        case let code as ExitCode: code.rawValue
        case is StagingError, is LoadError, is TransformError, is LoginError, is ConfigurationError, is AccountError,
            is SpaceError, is CriticalError, is PipelineError, is StatusPageError, is JobError:
            note("\(error)", code(error))
        default: reportUsage(error)
        }
    }

    private static func note(_ text: String, _ code: Int32) -> Int32 {
        for line in text.split(separator: "\n") { Terminal.note(Terminal.red("error: ") + Terminal.safe(String(line))) }
        return code
    }

    /// `--help` and `--version` are results; anything else that the parser says is wrong usage, exit code 2.
    private static func reportUsage(_ error: any Error) -> Int32 {
        let code = Cliosync.exitCode(for: error)
        let message = Cliosync.fullMessage(for: error)
        if code == .success {
            Terminal.print(message)
            return 0
        }
        // It may repeat what was typed.
        Terminal.note(
            message.split(separator: "\n", omittingEmptySubsequences: false).map { Terminal.safe(String($0)) }.joined(
                separator: "\n"))
        return code == .validationFailure ? 2 : code.rawValue
    }
}
