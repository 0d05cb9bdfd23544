import Account
import ArgumentParser
import Bytes
import Foundation
import Jobs
import Pipelines
import Staging
import SyncManager
import Synchronization

/// Runs stages with signals, progress and the summary around them.
struct StageRunner {
    private let common: CommonOptions
    private let manager: SyncManager
    private let board = ProgressBoard()
    private let stop = StopSignal()
    private let selection: Selection
    private let events: EventWriter?

    /// - Parameter uses: the settings that the stages need.
    init(
        _ common: CommonOptions, _ options: SelectionOptions, _ scheduler: SchedulerOptions? = nil,
        for uses: Set<SettingUse>
    ) throws {
        try self.init(common, scheduler, for: uses) { try options.selection($0, common, $1) }
    }

    init(
        _ common: CommonOptions, phases: [String], _ scheduler: SchedulerOptions? = nil, for uses: Set<SettingUse>
    ) throws {
        try self.init(common, scheduler, for: uses) { catalog, _ in
            try Selection(catalog, phases: phases, entities: [])
        }
    }

    private init(
        _ common: CommonOptions, _ scheduler: SchedulerOptions?, for uses: Set<SettingUse>,
        _ select: (Catalog, Settings) throws -> Selection
    ) throws {
        let events = try scheduler?.events.map { try EventWriter(path: $0) }
        do {
            let catalog = try common.catalog()
            let settings = try common.settings(catalog, for: uses)
            try self.init(common, selection: select(catalog, settings), settings: settings, scheduler, events)
        } catch {
            // Readers of events wait for the last one.
            events?.write(
                SyncEvent.end(
                    connection: common.connection, exitCode: Failure.code(error), report: nil, message: "\(error)"))
            throw error
        }
    }

    init(
        _ common: CommonOptions, selection: Selection, settings: Settings, _ scheduler: SchedulerOptions? = nil,
        _ events: EventWriter? = nil
    ) throws {
        self.common = common
        self.selection = selection
        self.events = events
        var configuration = common.configuration(settings)
        scheduler?.configure(&configuration)
        if let events { configuration.events = { events.write($0) } }
        manager = try SyncManager(
            configuration, catalog: selection.catalog, logger: common.logger(), board: board, stop: stop)
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

    /// Continues a job.
    func resume(_ job: SyncJob, limits: RunLimits) async throws {
        let job = try manager.resumableJob(job.id)
        try await finish(Stage.allCases) {
            try await manager.connect(selection, force: false, options: ExtractOptions())
        } _: {
            try await manager.executeSync(job.id, selection: selection, limits: limits)
        }
    }

    /// Runs some stages.
    /// - Parameter inJob: whether they are part of the connection's job, as in `run`.
    func stages(
        _ stages: [Stage], force: Bool, inJob: Bool, options: ExtractOptions = ExtractOptions(),
        limits: RunLimits = RunLimits()
    ) async throws {
        try await finish(stages) {
            guard stages.contains(.extract) else { return }
            try await manager.connect(selection, stages: stages, force: force, options: options)
        } _: {
            if inJob {
                let job = try manager.createInitialSync(connection: common.connection, phases: selection.phaseNames)
                return try await manager.executeSync(
                    job.id, stages: stages, selection: selection, force: force, options: options, limits: limits)
            }
            return try await manager.runStages(
                stages, selection: selection, force: force, options: options, limits: limits)
        }
    }

    private func finish(
        _ stages: [Stage], _ connect: () async throws -> Void, _ work: () async throws -> RunReport
    ) async throws {
        let printer = Once()
        let report: RunReport
        do {
            report = try await perform(asksClio: stages.contains(.extract), connect, work) {
                // The job as it is at this instant, for the program that started the process and waits for a report.
                guard printer.isFirst() else { return }
                let report = try? manager.reportNow()
                emitEnd(ExitStatus.stopped.rawValue, report)
                if let report { print(report, stages) }
            }
        } catch {
            guard printer.isFirst() else { return try await waitForExit() }
            emitEnd(Failure.code(error), nil, message: "\(error)")
            throw error
        }
        guard printer.isFirst() else { return try await waitForExit() }
        emitEnd(report.exitCode, report)
        print(report, stages)
        guard report.exitCode == 0 else { throw ExitCode(report.exitCode) }
    }

    /// The thread that prints ends the process.
    private func waitForExit() async throws {
        try await Task.sleep(for: .seconds(60))
        throw ExitCode(ExitStatus.stopped.rawValue)
    }

    private func print(_ report: RunReport, _ stages: [Stage]) {
        // A job keeps its report; what a verification found is kept nowhere.
        let again = stages == [.verify] ? "verify" : "status"
        Terminal.report(
            Output.text(report, json: common.json) { ReportPrinter(report, common, stages: stages).text },
            remedy: "`cliosync \(again)` shows it again")
    }

    private func emitEnd(_ code: Int32, _ report: RunReport?, message: String? = nil) {
        events?.write(
            SyncEvent.end(connection: common.connection, exitCode: code, report: report, message: message))
    }

    /// Lets one of two threads print the report.
    private final class Once: Sendable {
        private let isTaken = Atomic<Bool>(false)
        func isFirst() -> Bool { !isTaken.exchange(true, ordering: .acquiringAndReleasing) }
    }

    /// Seconds that a run may be silent before it says as whom it works.
    private static let patience = 2.0

    /// Runs `work` with progress and signals; the first line says as whom.
    private func perform(
        asksClio: Bool, _ connect: () async throws -> Void, _ work: () async throws -> RunReport,
        atOnce: @escaping @Sendable () -> Void
    ) async throws -> RunReport {
        let signals = SignalTrap(stop, atOnce: atOnce)
        SignalTrap.surviveHangup()
        let progress = common.noProgress ? nil : ProgressPrinter(board, firm: common.connection, asksClio: asksClio)
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
