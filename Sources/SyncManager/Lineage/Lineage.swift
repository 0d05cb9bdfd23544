internal import Account
internal import Foundation
internal import HTTP
internal import Logging
internal import Pipelines
internal import Staging
internal import Synchronization

/// Sends the lineage of one manager's runs; see `LineageLog` for what it says.
final class Lineage: Sendable {
    private let log: Mutex<LineageLog>
    private let sender: LineageSender
    private let board: ProgressBoard

    /// nil: the settings name no place.
    init?(
        _ configuration: SyncConfiguration, _ catalog: Catalog, _ folder: ConnectionFolder, _ board: ProgressBoard,
        _ logger: Logger
    ) {
        let settings = configuration.settings
        guard let target = LineageSender.Target(settings) else { return nil }
        self.board = board
        // `cliosync/1.2.3`
        let agent = HTTPConfiguration().userAgent
        let absolute = { (path: String) in URL(fileURLWithPath: path).path }
        let datasets = LineageDatasets(
            clio: settings.baseURL, folder: absolute(folder.path), database: absolute(configuration.database),
            producer: "cliosync://\(agent)")
        log = Mutex(
            LineageLog(
                namespace: settings.lineageNamespace, firm: configuration.connection,
                version: agent.split(separator: "/").last.map(String.init) ?? "", catalog: catalog, datasets: datasets))
        sender = LineageSender(target, logger: logger)
    }

    /// Takes notice of what happened in a run.
    func note(_ fact: SyncEvent.Fact) {
        let now = Date().timeIntervalSince1970
        switch fact {
        case .started: send { $0.begin(now: now) }
        case .entityFinished(let phase, let entity, let stage, let status, let records):
            let row = board.snapshot.rows.last {
                $0.phase == phase && $0.entity == entity && $0.stage == stage.rawValue
            }
            let ending: LineageLog.Ending =
                switch status {
                case "failed": .failed("the list could not be fetched")
                case "stopped": .stopped
                default: .complete
                }
            send {
                $0.finish(
                    phase: phase, entity: entity, stage: stage, ending, records: records, startedAt: row?.startedAt,
                    now: now)
            }
        case .progress, .waiting, .page, .limit, .stageFinished, .error, .stopping, .ended: break
        }
    }

    /// Looks for what has begun.
    func look() {
        let rows = board.snapshot.rows.compactMap { row -> LineageLog.Row? in
            guard !row.isFinished, let stage = Stage(rawValue: row.stage) else { return nil }
            return LineageLog.Row(phase: row.phase, entity: row.entity, stage: stage, startedAt: row.startedAt)
        }
        send { $0.look(rows) }
    }

    /// Seconds that events have after the end, and after a stop.
    private static let patience = (end: 10.0, stop: 0.5)

    /// The run is over.
    func end(_ ending: LineageLog.Ending, stop: StopSignal) async {
        send { $0.end(ending, now: Date().timeIntervalSince1970) }
        await sender.close(within: stop.isRequested ? Self.patience.stop : Self.patience.end)
    }

    // Under the lock, so that events leave in their order.
    private func send(_ change: (inout LineageLog) -> [LineageEvent]) { log.withLock { sender.send(change(&$0)) } }
}

extension RunReport.Ending {
    /// How the run ended, for OpenLineage.
    var lineage: LineageLog.Ending {
        switch self {
        case .done, .partial: .complete
        case .failed(let why), .paused(let why): .failed(why)
        case .stopped, .later: .stopped
        }
    }
}
