import Foundation

@testable import Jobs
@testable import Progress
@testable import StatusPage

/// Statuses made of values, without a file.
enum SampleStatus {
    /// A token of a login that expires in so many seconds.
    static func token(_ seconds: Double, isRenewable: Bool) -> TokenExpiry? {
        let present = PresentToken(
            mark: "m", expiresAt: StatusWords.time(Sample.now + seconds), isRenewable: isRenewable, isLogin: true)
        return TokenExpiry(used: nil, present: present, now: Sample.now)
    }

    static func job(_ status: JobStatus, connection: String = "smith", error: String? = nil) -> SyncJob {
        SyncJob(
            id: "0a1b2c3d-0000-4000-8000-000000000000", connection: connection, status: status,
            startedAt: "2026-11-24T10:00:00Z", completedAt: status.isFinished ? "2026-11-24T11:00:00Z" : nil,
            estimatedItems: 1_000, syncedItems: 0, createdAt: "2026-11-24T09:00:00Z",
            updatedAt: "2026-11-24T10:30:00Z", phases: ["core"], strategy: nil, estimate: nil, error: error,
            processID: 1, host: nil)
    }

    static func entity(_ name: String, _ change: (inout EntityStatus) -> Void = { _ in }) -> EntityStatus {
        var entity = EntityStatus(
            progress: EntityProgress(phase: "core", entity: name, title: name.capitalized))
        change(&entity)
        return entity
    }

    static func phase(_ name: String, planned: Bool = true, _ entities: [EntityStatus]) -> PhaseStatus {
        PhaseStatus(
            name: name, title: "Phase \(name)", day: "1",
            features: [.init(name: "f-\(name)", title: "Feature \(name)")],
            entities: entities, isPlanned: planned, isUsable: entities.allSatisfy { $0.status == .completed })
    }

    static func firm(
        _ name: String = "smith", _ status: JobStatus? = .inProgress, error: String? = nil, running: Bool = false,
        _ entities: [EntityStatus] = [entity("matters") { counts(&$0.progress) }]
    ) -> ConnectionStatus {
        var firm = ConnectionStatus(name: name)
        firm.phases = [phase("core", entities)]
        let progress = entities.map(\.progress)
        firm.progress = JobProgress(
            job: status.map { job($0, connection: name, error: error) }, activities: [], isRunning: running,
            waiting: nil, entities: progress, usablePhases: [],
            expected: progress.reduce(0) { $0 + ($1.expected ?? 0) },
            tables: [:], rows: progress.reduce(0) { $0 + $1.loaded }, secondsLeft: nil)
        return firm
    }

    /// Of 1,000 records 400 are fetched, and some of them loaded.
    static func counts(
        _ progress: inout EntityProgress, accepted: Int = 0, rejected: Int = 0, warned: Int = 0
    ) {
        (progress.expected, progress.fetched, progress.distinct, progress.loaded) = (1_000, 400, 400, 250)
        (progress.accepted, progress.rejected, progress.warned) = (accepted, rejected, warned)
    }

    static func page(
        _ status: ConnectionStatus, _ details: FirmDetails = FirmDetails(), operate: Bool = true, resume: Bool = true,
        flash: Flash? = nil
    ) -> String {
        FirmView(
            status: status, details: details, now: Sample.now, mayOperate: operate, mayResume: resume,
            formToken: "form-token",
            flash: flash
        ).main.text
    }
}
