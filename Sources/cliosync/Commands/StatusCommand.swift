import ArgumentParser
import Foundation
import Jobs
import SyncManager

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show how a job stands.",
        discussion: """
            Examples:
              cliosync status
              cliosync status --watch
              cliosync status 1f2e3d --json | jq .job.percent
            """)

    @OptionGroup var common: CommonOptions
    @Flag(help: "Show it again every two seconds until the job rests.") var watch = false
    @Argument(help: "The job, or the first characters of its id (default: the newest).") var job: String?

    func run() async throws {
        let catalog = try common.catalog()
        let manager = try SyncManager(
            common.configuration(common.settings(catalog)), catalog: catalog, logger: common.logger())
        while true {
            let report = try manager.getSyncStatus(job)
            if common.json {
                Terminal.print(report.json)
            } else {
                if watch, isatty(STDOUT_FILENO) == 1 { Terminal.print("\u{1B}[2J\u{1B}[H") }
                Terminal.print(ReportPrinter(report, common).statusText)
            }
            let active = ["INITIALIZING", "IN_PROGRESS"].contains(report.job?.status ?? "")
            guard watch, active else { return }
            try await Task.sleep(for: .seconds(2))
        }
    }
}
