import ArgumentParser
import Foundation
import Jobs
import Load
import Pipelines
import Staging
import StatusPage
import SyncManager
import Transform

/// Errors as one line on stderr and an exit code (DESIGN.md section 7).
enum Failure {
    /// The process's exit code for an error, which is not printed.
    static func code(_ error: any Error) -> Int32 {
        switch error {
        case let error as StagingError: error.code == .locked ? 5 : error.code == .name ? 2 : 1
        case let error as LoadError: error.code == .locked ? 5 : 1
        case let error as TransformError:
            switch error.code {
            case .configuration, .nothingExtracted: 2
            case .stopped: 130
            case .staging(let code): code == .locked ? 5 : 1
            }
        case let error as JobError: error.code == .busy ? 5 : 1
        case is ConfigurationError, is PipelineError: 2
        case is CriticalError: 4
        default: 1
        }
    }

    /// Prints an error the way people can use it.
    /// - Returns: the process's exit code.
    static func report(_ error: any Error) -> Int32 {
        switch error {
        case let code as ExitCode: return code.rawValue
        case let error as StagingError:
            switch error.code {
            case .locked: return note(error.description, 5)
            case .name: return note(error.description, 2)
            default: return note(error.description, 1)
            }
        case let error as LoadError:
            let codes: [LoadError.Code: Int32] = [.locked: 5, .pipeline: 2]
            return note(error.description, codes[error.code] ?? 1)
        case let error as TransformError:
            switch error.code {
            case .configuration, .nothingExtracted: return note(error.description, 2)
            case .stopped: return note(error.description, 130)
            case .staging(let code): return note(error.description, code == .locked ? 5 : 1)
            }
        case let error as LoginError:
            let codes: [LoginError.Code: Int32] = [.refused: 4, .noToken: 4, .port: 2]
            return note(error.description, codes[error.code] ?? 1)
        case let error as ConfigurationError: return note(error.description, 2)
        case let error as CriticalError: return note(error.description, 4)
        case let error as SpaceError: return note(error.description, 1)
        case let error as PipelineError: return note(error.description, 2)
        case let error as StatusPageError: return note(error.description, 1)
        case let error as JobError: return note(error.description, error.code == .busy ? 5 : 1)
        default: return reportUsage(error)
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
