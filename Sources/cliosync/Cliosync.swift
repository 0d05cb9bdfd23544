import Account
import ArgumentParser
import Bytes
import CMalloc
import Foundation
import Release
import SyncManager

/// The command line: flags and terminal, no logic.
@main
struct Cliosync: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cliosync",
        abstract: "Bring a law firm's whole Clio Manage account into SQLite.",
        discussion: """
            Three stages joined by gzip NDJSON files (extract, transform, load), each of them rerunnable by itself and \
            per phase: each file in pipelines/ is one.

            Examples:
              cliosync demo                            everything against a simulator, in a minute
              cliosync init                            starter files in the current folder
              cliosync auth login && cliosync doctor   the firm's token, and whether all is well
              cliosync run --phase core                day 1: matters and primary contacts
              cliosync transform --phase core          after a change in pipelines/core.yaml, no request to Clio
              zcat staging/default/core/raw/matters/*.ndjson.gz | jq .

            Exit codes: \(ExitStatus.allCases.map { "\($0.rawValue) \($0.summary)" }.joined(separator: ", ")).
            """,
        version: Release.version,
        subcommands: [
            InitCommand.self, AuthCommand.self, DoctorCommand.self, SettingsCommand.self, EstimateCommand.self,
            RunCommand.self, RefreshCommand.self,
            ExtractCommand.self, TransformCommand.self, LoadCommand.self, VerifyCommand.self, StatusCommand.self,
            StopCommand.self, ResumeCommand.self, ResetCommand.self, PrioritizeCommand.self, ServeCommand.self,
            StagedCommand.self, RemoteCommand.self, ReviewCommand.self, TraceCommand.self, SchemaCommand.self,
            ExportCommand.self,
            ForgetCommand.self, DemoCommand.self,
        ])

    static func main() async {
        OutputWriter.reserveStandardDescriptors()
        cm_use_one_heap()
        // A closed pipe is an error of a write: work in progress continues without its reader.
        signal(SIGPIPE, SIG_IGN)
        var code: Int32 = 0
        do {
            if let problem = TextInput.problem(variables: ["CLIO_", "SYNC_"]) { throw ConfigurationError(problem) }
            var command = try parseAsRoot()
            AdvisedCommand.given = AdvisedCommand.given(to: command)
            // The doctor has them in its report.
            if !(command is DoctorCommand) {
                CommonOptions.warn(Settings.warnings(about: ProcessInfo.processInfo.environment))
            }
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            code = Failure.report(error)
        }
        if code == 0, let failure = Terminal.failure, !failure.isClosedPipe {
            // `| head` has read what it wanted; anything else is a loss.
            Terminal.error(
                "stdout cannot be written (\(failure.description)); give it a place that can be written")
            code = 1
        }
        // Not exit: it takes down what C++ libraries keep in globals while threads still use it.
        fflush(nil)
        _exit(code)
    }
}
