import Account
import ArgumentParser
import Bytes
import Foundation
import JSON
import Jobs
import Pipelines
import Staging
import SyncManager

/// `run --all`: every firm that is set up, some at a time, in one process.
struct AllFirms {
    private let common: CommonOptions
    private let options: SelectionOptions
    private let catalog: Catalog
    private let shared: Settings
    private let found: [Connections.Found]
    private let scheduler: SchedulerOptions
    private let events: EventWriter?
    private var names: [String] { found.map(\.name) }
    private static let uses: Set<SettingUse> = [.requests, .jobs, .masks, .remote]

    init(_ common: CommonOptions, _ options: SelectionOptions, _ scheduler: SchedulerOptions) throws {
        self.common = common
        self.scheduler = scheduler
        events = try scheduler.events.map { try EventWriter(path: $0) }
        self.options = options
        catalog = try common.catalog()
        // A wrong name is an error before any firm is begun.
        _ = try options.selection(catalog)
        shared = try common.settings(catalog, for: Self.uses)
        found = try Connections.all(defaultTokenSource: shared.tokenSource)
        guard !found.isEmpty else {
            throw ConfigurationError(
                "this folder defines no firm; give each one a file \(Connections.folder)/NAME.env with CLIO_ACCESS_TOKEN, or log "
                    + "in with `cliosync auth login --connection NAME`")
        }
    }

    /// How one firm's run ended.
    private struct Ending: Encodable, Sendable {
        let name: String
        let report: RunReport?
        let error: (any Error)?
        /// The exit code that it would have alone.
        let code: Int32

        private enum CodingKeys: String, CodingKey {
            case name = "connection"
            case code = "exit_code"
            case error, report
        }

        func encode(to encoder: any Encoder) throws {
            var members = encoder.container(keyedBy: CodingKeys.self)
            try members.encode(name, forKey: .name)
            try members.encode(code, forKey: .code)
            if let error { try members.encode("\(error)", forKey: .error) }
            if let report { try members.encode(report, forKey: .report) }
        }
    }

    private struct Firm: Sendable {
        let name: String
        let common: CommonOptions
        let board = ProgressBoard()
        let stop = StopSignal()
    }

    func run(force: Bool, options: ExtractOptions, limits: RunLimits) async throws {
        let began = ContinuousClock.now
        let firms = names.map { Firm(name: $0, common: commonOptions(of: $0)) }
        let signals = SignalTrap(firms.map(\.stop))
        for firm in found { Terminal.note("firm \(firm.name): \(firm.reason)") }
        SignalTrap.surviveHangup()
        let progress = common.noProgress ? nil : ProgressPrinter(firms.map { .init(firm: $0.name, board: $0.board) })
        progress?.start()
        let endings = await work(firms, force: force, options: options, limits: limits) { ending in
            progress?.end(ending.name, isDone: ending.code == 0)
        }
        progress?.stop()
        signals.cancel()
        let seconds = (ContinuousClock.now - began) / .seconds(1)
        Output.print(FirmReports(connections: endings), json: common.json) { text(endings, seconds: seconds) }
        Terminal.acceptLostReport()
        let worst = endings.map(\.code).max { Self.rank($0) < Self.rank($1) } ?? 0
        guard worst == 0 else { throw ExitCode(worst) }
    }

    private func work(
        _ firms: [Firm], force: Bool, options: ExtractOptions, limits: RunLimits, ended: (Ending) -> Void
    ) async -> [Ending] {
        await withTaskGroup(of: Ending.self) { group in
            var waiting = firms[...]
            for firm in waiting.prefix(shared.maximumConcurrentJobs) {
                group.addTask { await sync(firm, force: force, options: options, limits: limits) }
            }
            waiting = waiting.dropFirst(shared.maximumConcurrentJobs)
            var endings: [Ending] = []
            for await ending in group {
                endings.append(ending)
                ended(ending)
                if let next = waiting.popFirst() {
                    group.addTask { await sync(next, force: force, options: options, limits: limits) }
                }
            }
            return names.compactMap { name in endings.first { $0.name == name } }
        }
    }

    private func sync(_ firm: Firm, force: Bool, options: ExtractOptions, limits: RunLimits) async -> Ending {
        do {
            // Another firm's token is never taken: only `default` has its own in the environment or in `.env`.
            let settings = try firm.common.settings(catalog, for: Self.uses, onlyOwnTokens: true)
            let selection = try self.options.selection(catalog, firm.common, settings)
            var configuration = firm.common.configuration(settings)
            scheduler.configure(&configuration)
            if let events { configuration.events = { events.write($0) } }
            configuration.announce = { Terminal.note("firm \(firm.name): " + Terminal.brief($0, 600)) }
            let manager = try SyncManager(
                configuration, catalog: catalog, logger: firm.common.logger(),
                board: firm.board, stop: firm.stop)
            try await manager.connect(selection, force: force, options: options)
            let job = try manager.createInitialSync(connection: firm.name, phases: selection.phaseNames)
            let report = try await manager.executeSync(
                job.id, selection: selection, force: force, options: options, limits: limits)
            events?.write(
                SyncEvent.end(connection: firm.name, exitCode: report.exitCode, report: report, message: nil))
            return Ending(name: firm.name, report: report, error: nil, code: report.exitCode)
        } catch {
            let code = Failure.code(error)
            events?.write(
                SyncEvent.end(connection: firm.name, exitCode: code, report: nil, message: "\(error)"))
            return Ending(name: firm.name, report: nil, error: error, code: code)
        }
    }

    private func text(_ endings: [Ending], seconds: Double) -> String {
        var blocks: [String] = []
        for ending in endings {
            blocks.append(Terminal.bold("── \(ending.name) " + String(repeating: "─", count: 60)))
            let common = commonOptions(of: ending.name)
            if let report = ending.report {
                blocks.append(ReportPrinter(report, common).text + "\n")
            } else if let error = ending.error {
                _ = Failure.report(error, common.given)
                blocks.append(
                    "\(Terminal.red("NOT DONE")): see the error · next: fix it, then run the same command again\n")
            }
        }
        var counts: [String: Int] = [:]
        for ending in endings { counts[ending.report?.job?.status ?? "NOT DONE", default: 0] += 1 }
        let rows = endings.reduce(0) { $0 + ($1.report?.job?.syncedItems ?? 0) }
        let open = endings.filter { $0.code != 0 }.map(\.name)
        blocks.append(
            "\(endings.count) firms: "
                + counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
                + " · \(Format.count(rows)) rows loaded · in \(Format.duration(seconds)) · next: "
                + (open.isEmpty
                    ? common.command("status")
                    : commonOptions(of: open[0]).command("status") + ", then the same command again"))
        return blocks.joined(separator: "\n")
    }

    /// The options that were given, for one of the firms.
    private func commonOptions(of name: String) -> CommonOptions {
        var common = common
        common.connection = name
        return common
    }

    private static func rank(_ code: Int32) -> Int {
        ExitStatus.bySeverity.firstIndex { $0.rawValue == code } ?? ExitStatus.bySeverity.count
    }
}
