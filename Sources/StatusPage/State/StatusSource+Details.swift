internal import Jobs
internal import Progress
internal import Staging

extension StatusSource {
    private static let mostRuns = 30
    private static let mostEvents = 20

    /// What the page of this connection shows beside its progress; nothing where there is no job record.
    func details(_ name: String) throws -> FirmDetails {
        let folder = try ConnectionFolder(staging: staging, connection: name)
        var details = FirmDetails()
        guard let store = try store(folder) else { return details }
        let runs = try store.lastRuns(Self.mostRuns)
        let running = try ProcessLife.running(among: runs, store, folder, now: clock())
        details.runs = runs.map { PastRun(run: $0, isRunning: running.contains($0.id)) }
        details.proof = try store.lastVerifiedRun().flatMap { try Self.proof($0, store) }
        let changing = details.runs.last { run in run.run.hasReport && (run.rows ?? 0) > 0 }
        details.lastChanges = try changing.flatMap { try Self.proof($0.run, store) }
        if let job = ProgressReader.current(try store.jobs(connection: name)) {
            details.events = try store.lastProblems(job: job.id, limit: Self.mostEvents)
            if let database = try store.activities(job: job.id).first?.database {
                details.flagged = flagged.rules(database)
            }
        }
        return details
    }

    /// A run of this connection with its report; nil: there is no such run.
    func run(_ id: Int64, of name: String) throws -> (run: JobRun, report: JobRunReport?)? {
        let folder = try ConnectionFolder(staging: staging, connection: name)
        guard let store = try store(folder), let run = try store.run(id) else { return nil }
        return (run, try store.report(run: id))
    }

    private static func proof(_ run: JobRun, _ store: JobStore) throws -> FirmDetails.Proof? {
        try store.report(run: run.id).map { FirmDetails.Proof(run: run, report: $0) }
    }
}
