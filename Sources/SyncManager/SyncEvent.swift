internal import Bytes
internal import Foundation
public import JSON
internal import Staging

/// What happens in a run, for the program that started it: one line of `--events`. docs/events.schema.json describes the
/// JSON. An event has counts, names and times; never a record's value, never a token.
public struct SyncEvent: JSONReport, Sendable {
    /// The version of the JSON: it grows when a key changes its meaning or goes, not when one is added.
    public static let version = 1

    /// When it happened, UTC.
    public let time: String
    /// The connection.
    public let connection: String
    /// What happened.
    public let fact: Fact

    /// An event of this moment.
    public init(_ fact: Fact, connection: String) { self.init(fact, connection: connection, time: UTC.now()) }

    /// - Parameter time: UTC, as in `2026-11-28T09:00:00Z`.
    init(_ fact: Fact, connection: String, time: String) {
        self.fact = fact
        self.connection = connection
        self.time = time
    }

    /// The last event of a process.
    /// - Parameters:
    ///   - connection: the connection's name.
    ///   - exitCode: what the process exits with.
    ///   - report: of the run, if it came to one.
    ///   - message: why there is no report.
    public static func end(connection: String, exitCode: Int32, report: RunReport?, message: String?) -> SyncEvent {
        var resumeAt: Double?
        if case .later(let at, _)? = report?.ending { resumeAt = at }
        // The holder of a lock is at work: look again in a minute.
        if exitCode == ExitStatus.locked.rawValue { resumeAt = Date().timeIntervalSince1970 + 60 }
        return SyncEvent(
            .ended(
                exitCode: exitCode, status: report?.job?.status, resumeAt: resumeAt,
                message: message ?? report?.message), connection: connection)
    }

    /// What happened, with its facts.
    public enum Fact: Sendable {
        /// The first event.
        case started(processID: Int, job: String?, phases: [String], stages: [Stage])
        /// At least every five seconds while the run works; numbers that are not known are nil.
        case progress(Progress)
        /// Nothing is sent before `until`, seconds since 1970.
        case waiting(reason: String, until: Double)
        /// A page is durable. `records` counts the entity's so far, `expected` is Clio's count.
        case page(phase: String, entity: String, stream: String, pageRecords: Int, records: Int, expected: Int?)
        /// Clio allows so many requests a minute, of which `budget` are used.
        case limit(perMinute: Int, budget: Int)
        /// A stage of an entity ended.
        case entityFinished(phase: String, entity: String, stage: Stage, status: String, records: Int)
        /// A stage of a phase ended.
        case stageFinished(phase: String, stage: Stage)
        /// Something failed. `kind` says who should act: `api`, `critical`, `database` or `transform`.
        case error(kind: String, code: String, message: String)
        /// The run stops after the page or part in flight.
        case stopping(reason: StopReason)
        /// The last event: the exit code, and when (seconds since 1970) to start again where that is known.
        case ended(exitCode: Int32, status: String?, resumeAt: Double?, message: String?)
    }

    /// How far the run is.
    public struct Progress: Sendable {
        /// Requests that were answered.
        public var requests: Int
        /// Requests a minute that may be made.
        public var budgetPerMinute: Int?
        /// Share that is fetched, 0 to 100.
        public var fetchedPercent: Double?
        /// Share that is loaded or rejected, 0 to 100.
        public var loadedPercent: Double?
        /// Rows in the database.
        public var rows: Int?
        /// Seconds left.
        public var secondsLeft: Int?
    }

    /// Why a run stops before its end.
    public enum StopReason: String, Sendable, CaseIterable {
        /// SIGTERM, SIGINT, or the end of the parent process.
        case signal
        /// `cliosync stop`.
        case request
        /// `SYNC_JOB_MAX_RUNTIME_HOURS`.
        case runtime
        /// A wait longer than `--max-wait`.
        case wait
        /// The end of `--for`.
        case time
    }

    private enum CodingKeys: String, CodingKey {
        case version = "v"
        case time, connection, event, pid, job, phases, stages, phase, entity, stage, stream, status, records,
            pageRecords,
            expected, requests, limit, budget, fetchedPercent, loadedPercent, rows, etaSeconds, reason, until, kind,
            code,
            message, exitCode, resumeAt
    }

    /// Writes version, time, event and connection, then the event's own keys.
    public func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: CodingKeys.self)
        try members.encode(Self.version, forKey: .version)
        try members.encode(time, forKey: .time)
        try members.encode(fact.name, forKey: .event)
        try members.encode(connection, forKey: .connection)
        switch fact {
        case .started(let processID, let job, let phases, let stages):
            try members.encode(processID, forKey: .pid)
            try members.encode(job, forKey: .job)
            try members.encode(phases, forKey: .phases)
            try members.encode(stages.map(\.rawValue), forKey: .stages)
        case .progress(let progress):
            try members.encode(progress.requests, forKey: .requests)
            try members.encode(progress.budgetPerMinute, forKey: .budget)
            try members.encode(progress.fetchedPercent, forKey: .fetchedPercent)
            try members.encode(progress.loadedPercent, forKey: .loadedPercent)
            try members.encode(progress.rows, forKey: .rows)
            try members.encode(progress.secondsLeft, forKey: .etaSeconds)
        case .waiting(let reason, let until):
            try members.encode(reason, forKey: .reason)
            try members.encode(Self.text(until), forKey: .until)
        case .page(let phase, let entity, let stream, let pageRecords, let records, let expected):
            try members.encode(phase, forKey: .phase)
            try members.encode(entity, forKey: .entity)
            try members.encode(stream, forKey: .stream)
            try members.encode(pageRecords, forKey: .pageRecords)
            try members.encode(records, forKey: .records)
            try members.encode(expected, forKey: .expected)
        case .limit(let perMinute, let budget):
            try members.encode(perMinute, forKey: .limit)
            try members.encode(budget, forKey: .budget)
        case .entityFinished(let phase, let entity, let stage, let status, let records):
            try members.encode(phase, forKey: .phase)
            try members.encode(entity, forKey: .entity)
            try members.encode(stage.rawValue, forKey: .stage)
            try members.encode(status, forKey: .status)
            try members.encode(records, forKey: .records)
        case .stageFinished(let phase, let stage):
            try members.encode(phase, forKey: .phase)
            try members.encode(stage.rawValue, forKey: .stage)
        case .error(let kind, let code, let message):
            try members.encode(kind, forKey: .kind)
            try members.encode(code, forKey: .code)
            try members.encode(message, forKey: .message)
        case .stopping(let reason):
            try members.encode(reason.rawValue, forKey: .reason)
        case .ended(let exitCode, let status, let resumeAt, let message):
            try members.encode(exitCode, forKey: .exitCode)
            try members.encode(status, forKey: .status)
            try members.encode(resumeAt.map(Self.text), forKey: .resumeAt)
            try members.encode(message, forKey: .message)
        }
    }

    private static func text(_ seconds: Double) -> String { UTC.text(secondsSince1970: Int64(seconds.rounded(.up))) }
}

extension SyncEvent.Fact {
    /// The stable name, in `event`.
    public var name: String {
        switch self {
        case .started: "started"
        case .progress: "progress"
        case .waiting: "waiting"
        case .page: "page"
        case .limit: "limit"
        case .entityFinished: "entity_finished"
        case .stageFinished: "stage_finished"
        case .error: "error"
        case .stopping: "stopping"
        case .ended: "ended"
        }
    }
}
