internal import Foundation
internal import Pipelines
internal import Staging

/// What a run means to OpenLineage: one run of the firm's sync, and in it one run for each list in each stage.
///
/// A pure state machine: facts in, events out.
struct LineageLog {
    private struct Task: Hashable {
        let phase: String
        let entity: String
        let stage: Stage
    }

    private let namespace: String
    private let firm: String
    private let version: String
    private let catalog: Catalog
    private let datasets: LineageDatasets
    private let newID: @Sendable () -> String
    private var parent: String?
    private var open: [Task: String] = [:]

    /// - Parameters:
    ///   - namespace: of all jobs.
    ///   - firm: the connection.
    ///   - newID: makes a UUID.
    init(
        namespace: String, firm: String, version: String, catalog: Catalog, datasets: LineageDatasets,
        newID: @escaping @Sendable () -> String = { UUID().uuidString.lowercased() }
    ) {
        self.namespace = namespace
        self.firm = firm
        self.version = version
        self.catalog = catalog
        self.datasets = datasets
        self.newID = newID
    }

    /// A list in a stage, as the progress board has it.
    struct Row {
        var phase: String
        var entity: String
        var stage: Stage
        /// Seconds since 1970.
        var startedAt: Double
    }

    /// How a run of a list in a stage ended.
    enum Ending: Equatable {
        case complete
        case stopped
        case failed(String)
    }

    /// The run begins.
    mutating func begin(now: Double) -> [LineageEvent] {
        let id = newID()
        parent = id
        return [event(.start, id, job(nil, "Synchronizes the firm's Clio account into SQLite."), now: now)]
    }

    /// What is at work: whatever is new has begun.
    mutating func look(_ rows: [Row]) -> [LineageEvent] {
        rows.flatMap { row -> [LineageEvent] in
            let task = Task(phase: row.phase, entity: row.entity, stage: row.stage)
            return open[task] == nil ? start(task, now: row.startedAt) : []
        }
    }

    /// A list in a stage ended.
    /// - Parameter startedAt: when it began; nil: now.
    mutating func finish(
        phase: String, entity: String, stage: Stage, _ ending: Ending, records: Int, startedAt: Double?, now: Double
    ) -> [LineageEvent] {
        let task = Task(phase: phase, entity: entity, stage: stage)
        let before = open[task] == nil ? start(task, now: startedAt ?? now) : []
        return before + end(task, ending, records: records, now: now)
    }

    /// The run ended; what was at work ended with it.
    mutating func end(_ ending: Ending, now: Double) -> [LineageEvent] {
        guard let parent else { return [] }
        // What did not end did not come to its end.
        let own: Ending = ending == .complete ? .stopped : ending
        let left = open.keys.sorted {
            ($0.phase, $0.entity, $0.stage.rawValue) < ($1.phase, $1.entity, $1.stage.rawValue)
        }
        let events = left.flatMap { end($0, own, records: nil, now: now) }
        self.parent = nil
        return events
            + [
                event(
                    Self.kind(ending), parent, job(nil, "Synchronizes the firm's Clio account into SQLite."), ending,
                    now: now)
            ]
    }

    private mutating func start(_ task: Task, now: Double) -> [LineageEvent] {
        // Verify writes nothing, and the pipelines may have lost a list.
        guard task.stage != .verify, let entity = entity(task) else { return [] }
        let id = newID()
        open[task] = id
        return [event(.start, id, task, entity, nil, records: nil, now: now)]
    }

    private mutating func end(_ task: Task, _ ending: Ending, records: Int?, now: Double) -> [LineageEvent] {
        guard let id = open.removeValue(forKey: task), let entity = entity(task) else { return [] }
        return [event(Self.kind(ending), id, task, entity, ending, records: records, now: now)]
    }

    private func entity(_ task: Task) -> Entity? { catalog.phase(named: task.phase)?.entity(named: task.entity) }

    private static func kind(_ ending: Ending) -> LineageEvent.Kind {
        switch ending {
        case .complete: .complete
        case .stopped: .abort
        case .failed: .fail
        }
    }

    // MARK: Events

    private func facet<Content>(_ content: Content) -> LineageEvent.Facet<Content> {
        LineageEvent.Facet(content: content, producer: datasets.producer)
    }

    private func job(_ task: Task?, _ description: String) -> LineageEvent.Job {
        let name = task.map { "\(firm).\($0.phase).\($0.entity).\($0.stage.rawValue)" } ?? "\(firm).sync"
        return LineageEvent.Job(
            namespace: namespace, name: name,
            facets: .init(
                jobType: facet(LineageEvent.JobType(jobType: task == nil ? "SYNC" : "STAGE")),
                documentation: facet(LineageEvent.Documentation(description: description))))
    }

    private func event(
        _ kind: LineageEvent.Kind, _ id: String, _ job: LineageEvent.Job, _ ending: Ending? = nil, now: Double
    ) -> LineageEvent {
        var facets = LineageEvent.Run.Facets(processing_engine: facet(LineageEvent.Engine(version: version)))
        if case .failed(let why)? = ending { facets.errorMessage = facet(LineageEvent.ErrorMessage(message: why)) }
        return LineageEvent(
            eventType: kind, eventTime: UTC.text(secondsSince1970: Int64(now)),
            run: LineageEvent.Run(runId: id, facets: facets), job: job, producer: datasets.producer)
    }

    private func event(
        _ kind: LineageEvent.Kind, _ id: String, _ task: Task, _ entity: Entity, _ ending: Ending?, records: Int?,
        now: Double
    ) -> LineageEvent {
        var event = event(kind, id, job(task, "\(task.stage.rawValue): \(entity.title)"), ending, now: now)
        if let parent {
            event.run.facets.parent = facet(
                LineageEvent.Parent(
                    run: .init(runId: parent), job: .init(namespace: namespace, name: "\(firm).sync")))
        }
        (event.inputs, event.outputs) = datasets.datasets(task.stage, entity, records: records)
        return event
    }
}
