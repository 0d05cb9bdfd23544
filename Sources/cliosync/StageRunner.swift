import ArgumentParser
import Foundation
import Jobs
import Staging
import SyncManager

/// Runs stages with signals, progress and the summary around them.
struct StageRunner {
    private let common: CommonOptions
    private let manager: SyncManager
    private let board = ProgressBoard()
    private let stop = StopSignal()
    private let selection: Selection

    init(_ common: CommonOptions, _ options: SelectionOptions) throws {
        let catalog = try common.catalog()
        try self.init(common, selection: options.selection(catalog), settings: common.settings(catalog))
    }

    init(_ common: CommonOptions, phases: [String]) throws {
        let catalog = try common.catalog()
        try self.init(
            common, selection: Selection(catalog, phases: phases, entities: []), settings: common.settings(catalog))
    }

    init(_ common: CommonOptions, selection: Selection, settings: Settings) throws {
        self.common = common
        self.selection = selection
        manager = try SyncManager(
            common.configuration(settings), catalog: selection.catalog, logger: common.logger(), board: board,
            stop: stop)
    }

    /// The whole of it, in a job.
    func run(
        force: Bool, options: ExtractOptions = ExtractOptions(), limits: RunLimits = RunLimits()
    ) async throws {
        try manager.checkAccess()
        let job = try manager.createInitialSync(connection: common.connection, phases: selection.phaseNames)
        try await finish(Stage.allCases) {
            try await manager.executeSync(job.id, selection: selection, force: force, options: options, limits: limits)
        }
    }

    /// Goes on with a job.
    func resume(_ job: SyncJob, limits: RunLimits) async throws {
        let job = try manager.resumableJob(job.id)
        try await finish(Stage.allCases) {
            try await manager.executeSync(job.id, selection: selection, limits: limits)
        }
    }

    /// Some stages, by hand.
    func stages(
        _ stages: [Stage], force: Bool, options: ExtractOptions = ExtractOptions(), limits: RunLimits = RunLimits()
    ) async throws {
        if stages.contains(.extract) { try manager.checkAccess() }
        try await finish(stages) {
            try await manager.runStages(stages, selection: selection, force: force, options: options, limits: limits)
        }
    }

    private func finish(_ stages: [Stage], _ work: () async throws -> RunReport) async throws {
        let report = try await perform(asksClio: stages.contains(.extract), work)
        if common.json {
            Terminal.report(report.json)
        } else {
            Terminal.report(ReportPrinter(report, common, stages: stages).text)
        }
        guard report.exitCode == 0 else { throw ExitCode(report.exitCode) }
    }

    /// Runs `work` with progress and signals.
    private func perform(asksClio: Bool, _ work: () async throws -> RunReport) async throws -> RunReport {
        let signals = SignalTrap(stop)
        SignalTrap.surviveHangup()
        let progress = common.noProgress ? nil : ProgressPrinter(board, asksClio: asksClio)
        progress?.start()
        defer {
            progress?.stop()
            signals.cancel()
        }
        return try await work()
    }
}
