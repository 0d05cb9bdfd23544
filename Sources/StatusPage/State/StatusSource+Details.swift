internal import Jobs
internal import Pipelines
internal import Progress
internal import Staging

extension StatusSource {
    private static let mostRuns = 30
    private static let mostEvents = 20
    private static let mostVerifiedRuns = 20

    /// What the page of this connection shows beside its progress; nothing where there is no job record.
    func details(_ name: String) throws -> FirmDetails {
        let folder = try ConnectionFolder(staging: staging, connection: name)
        var details = FirmDetails()
        guard let store = try store(folder) else { return details }
        let runs = try store.lastRuns(Self.mostRuns)
        let running = try ProcessLife.running(among: runs, store, folder, now: clock())
        details.runs = runs.map { PastRun(run: $0, isRunning: running.contains($0.id)) }
        details.pace = try details.runs.last.map { RunPace(try store.samples(run: $0.run.id)) }
        details.links = ClioLinks(templates: links, site: try store.account().flatMap { Account(json: $0) }?.site)
        details.proof = try store.lastVerifiedRun().flatMap { try Self.proof($0, store) }
        let changing = details.runs.last { run in run.run.hasReport && (run.rows ?? 0) > 0 }
        details.lastChanges = try changing.flatMap { try Self.proof($0.run, store) }
        details.coverage = try coverage(store, phases: statuses[name]?.job?.phases ?? [])
        if let job = ProgressReader.current(try store.jobs(connection: name)) {
            details.events = try store.lastProblems(job: job.id, limit: Self.mostEvents)
            if let database = try store.activities(job: job.id).first?.database {
                details.flagged = flagged.rules(database)
            }
        }
        return details
    }

    /// Which run verified each phase last.
    private func coverage(_ store: JobStore, phases: [String]) throws -> [FirmDetails.VerifiedPhase] {
        var found: [String: FirmDetails.VerifiedPhase] = [:]
        let wanted = catalog.phases.filter { phases.contains($0.name) }
        for run in try store.verifiedRuns(Self.mostVerifiedRuns) {
            guard found.count < wanted.count else { break }
            guard let report = try reports.report(run, store) else { continue }
            for phase in wanted where found[phase.name] == nil {
                let checks = report.checks(of: phase.name)
                guard !checks.isEmpty else { continue }
                found[phase.name] = FirmDetails.VerifiedPhase(
                    phase: phase.name, title: phase.title, run: run, checks: checks.count,
                    differing: checks.count { !$0.ok }, asOf: report.asOf(phase.name))
            }
        }
        return wanted.map {
            found[$0.name] ?? FirmDetails.VerifiedPhase(phase: $0.name, title: $0.title, run: nil)
        }
    }

    /// A run of this connection with its report and its pace; nil: there is no such run.
    func run(_ id: Int64, of name: String) throws -> (run: JobRun, report: JobRunReport?, pace: RunPace)? {
        let folder = try ConnectionFolder(staging: staging, connection: name)
        guard let store = try store(folder), let run = try store.run(id) else { return nil }
        return (run, try store.report(run: id), RunPace(try store.samples(run: id)))
    }

    private static func proof(_ run: JobRun, _ store: JobStore) throws -> FirmDetails.Proof? {
        try store.report(run: run.id).map { FirmDetails.Proof(run: run, report: $0) }
    }
}
