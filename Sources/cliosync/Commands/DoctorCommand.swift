import Account
import ArgumentParser
import Foundation
import SyncManager

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check everything that could go wrong, before it does.",
        discussion: """
            Token, region, user, permissions and fields of every list, rate limit, clock, disk, files, libraries, pipeline \
            files, database, locks: a line each, with its remedy. Makes one request for each list of the firm's \
            phases and one for the user, and changes nothing but an expired token, which it renews. Exit code 0 healthy, \
            1 something failed, 4 the token.

            Examples:
              cliosync doctor --connection smith
              cliosync doctor --json | jq '.findings[] | select(.state != "ok")'
            """)

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let doctor = Doctor(
            connection: common.connection, staging: common.staging, database: common.databasePath,
            pipelines: common.pipelines, envFile: common.envFile, environment: ProcessInfo.processInfo.environment,
            logger: common.logger())
        let report = await doctor.visit()
        Output.print(report, json: common.json) { text(report) }
        guard report.exitCode == 0 else { throw ExitCode(report.exitCode) }
    }

    private func text(_ report: DoctorReport) -> String {
        let width = report.findings.map(\.check.count).max() ?? 0
        var lines: [String] = []
        for finding in report.findings {
            let check = finding.check.padding(toLength: width, withPad: " ", startingAt: 0)
            lines.append("\(mark(finding.state))  \(check)  \(Terminal.safe(finding.message))")
            if let remedy = finding.remedy { lines.append("      \(Terminal.safe("→ " + remedy))") }
        }
        return (lines + ["", lastLine(report)]).joined(separator: "\n")
    }

    private func mark(_ state: DoctorReport.State) -> String {
        switch state {
        case .ok: Terminal.green("ok  ")
        case .warn: Terminal.yellow("warn")
        case .fail: Terminal.red("fail")
        }
    }

    private func lastLine(_ report: DoctorReport) -> String {
        func count(_ state: DoctorReport.State) -> Int { report.findings.count { $0.state == state } }
        let counts = "\(count(.ok)) ok · \(count(.warn)) warn · \(count(.fail)) fail · \(report.requests) requests"
        return report.exitCode == 0
            ? "\(Terminal.green("healthy")): \(counts) · next: \(common.command("estimate"))"
            : "\(Terminal.red("not healthy")): \(counts) · next: fix what failed, then \(common.command("doctor"))"
    }
}
