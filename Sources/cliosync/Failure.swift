import ArgumentParser
import Bytes

/// Errors as one line on stderr and an exit code.
enum Failure {
    /// The process's exit code for an error, which is not printed.
    static func code(_ error: any Error) -> Int32 {
        switch error {
        case let code as ExitCode: return code.rawValue
        case let error as any CommandFailure: return error.exitStatus.rawValue
        default:
            let code = Cliosync.exitCode(for: error)
            return code == .validationFailure ? ExitStatus.usage.rawValue : code.rawValue
        }
    }

    /// Prints an error the way people can use it.
    /// - Parameter given: the options that belong into the commands that it advises.
    /// - Returns: the process's exit code.
    static func report(_ error: any Error, _ given: GivenOptions = AdvisedCommand.given) -> Int32 {
        switch error {
        case is ExitCode: break
        case let error as any CommandFailure:
            for line in error.description.split(separator: "\n") {
                Terminal.error(Terminal.safe(AdvisedCommand.completed(String(line), with: given)))
            }
        default: printUsage(error)
        }
        return code(error)
    }

    /// `--help` and `--version` are results; anything else that the parser says is wrong usage.
    private static func printUsage(_ error: any Error) {
        let message = Cliosync.fullMessage(for: error)
        if Cliosync.exitCode(for: error) == .success { return Terminal.print(message) }
        // It may repeat what was typed.
        if Terminal.style == .json { return Terminal.error(message) }
        Terminal.note(
            message.split(separator: "\n", omittingEmptySubsequences: false).map { Terminal.safe(String($0)) }.joined(
                separator: "\n"))
    }
}
