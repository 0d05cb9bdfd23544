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

    /// - Parameter uses: the settings that the stages need.
    init(_ common: CommonOptions, _ options: SelectionOptions, for uses: Set<SettingUse>) throws {
        let catalog = try common.catalog()
        try self.init(common, selection: options.selection(catalog), settings: common.settings(catalog, for: uses))
    }

    init(_ common: CommonOptions, phases: [String], for uses: Set<SettingUse>) throws {
        let catalog = try common.catalog()
        try self.init(
            common, selection: Selection(catalog, phases: phases, entities: []),
            settings: common.settings(catalog, for: uses))
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
        try await finish(Stage.allCases) {
            try await manager.connect(selection, force: force, options: options)
        } _: {
            let job = try manager.createInitialSync(connection: common.connection, phases: selection.phaseNames)
            return try await manager.executeSync(
                job.id, selection: selection, force: force, options: options, limits: limits)
        }
    }

    /// Goes on with a job.
    func resume(_ job: SyncJob, limits: RunLimits) async throws {
        let job = try manager.resumableJob(job.id)
        try await finish(Stage.allCases) {
            try await manager.connect(selection, force: false, options: manager.options(ofJob: job.id))
        } _: {
            try await manager.executeSync(job.id, selection: selection, limits: limits)
        }
    }

    /// Some stages, by hand.
    func stages(
        _ stages: [Stage], force: Bool, options: ExtractOptions = ExtractOptions(), limits: RunLimits = RunLimits()
    ) async throws {
        try await finish(stages) {
            guard stages.contains(.extract) else { return }
            try await manager.connect(selection, stages: stages, force: force, options: options)
        } _: {
            try await manager.runStages(stages, selection: selection, force: force, options: options, limits: limits)
        }
    }

    private func finish(
        _ stages: [Stage], _ connect: () async throws -> Void, _ work: () async throws -> RunReport
    ) async throws {
        let report = try await perform(asksClio: stages.contains(.extract), connect, work)
        // A job keeps its report; what a verification found is kept nowhere.
        let again = stages == [.verify] ? "verify" : "status"
        Terminal.report(
            Output.text(report, json: common.json) { ReportPrinter(report, common, stages: stages).text },
            remedy: "`cliosync \(again)` shows it again")
        guard report.exitCode == 0 else { throw ExitCode(report.exitCode) }
    }

    /// Seconds that a run may be silent before it says as whom it works.
    private static let patience = 2.0

    /// Runs `work` with progress and signals; the first line says as whom.
    private func perform(
        asksClio: Bool, _ connect: () async throws -> Void, _ work: () async throws -> RunReport
    ) async throws -> RunReport {
        let signals = SignalTrap(stop)
        SignalTrap.surviveHangup()
        let progress = common.noProgress ? nil : ProgressPrinter(board, asksClio: asksClio)
        let late = Task {
            try await Task.sleep(for: .seconds(Self.patience))
            progress?.start()
        }
        defer {
            late.cancel()
            progress?.stop()
            signals.cancel()
        }
        try await connect()
        late.cancel()
        progress?.start()
        return try await work()
    }
}
