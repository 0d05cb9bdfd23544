import ArgumentParser
import Bytes
import Foundation

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
        if Cliosync.exitCode(for: error) == .success {
            // Each paragraph in one line, to be broken where a person would; scripts for shells stay as they are.
            let text = Cliosync.fullMessage(for: error, columns: 100_000)
            guard text.hasPrefix("OVERVIEW: ") else { return Terminal.print(Cliosync.fullMessage(for: error)) }
            let width = isatty(STDOUT_FILENO) == 1 ? Terminal.resultSize.columns : 80
            return Terminal.print(HelpText(width: width).wrapped(text))
        }
        let message = Cliosync.fullMessage(for: error)
        if let hint = CommandHint.hint(Array(CommandLine.arguments.dropFirst())) {
            return Terminal.error(Terminal.safe(hint) + " `cliosync --help` lists all")
        }
        // It may repeat what was typed.
        if Terminal.style == .json { return Terminal.error(message) }
        Terminal.note(
            message.split(separator: "\n", omittingEmptySubsequences: false).map { Terminal.safe(String($0)) }.joined(
                separator: "\n"))
    }
}
