internal import Jobs
internal import Pipelines
internal import Progress

/// One entity of a phase, as the page shows it.
struct EntityStatus: Sendable, Equatable {
    var progress: EntityProgress
    /// Records a second of the stage at work, over the last minute.
    var rate: Double?
    /// One line: what happens, or what it waits for.
    var words = ""
    /// Whether it was asked to come first: nil, not; false, asked; true, heard.
    var priority: Bool?
    /// How far its groups are, until all of it is there; empty when it is not fetched by groups.
    var groups: [GroupSummary] = []
    /// The groups that were asked to come first: false, asked; true, heard.
    var groupPriorities: [String: Bool] = [:]

    var phase: String { progress.phase }
    var name: String { progress.entity }
    var title: String { progress.title }
    var status: JobStatus { progress.status }
    var expected: Int? { progress.expected }
    var work: EntityProgress.Work? { progress.work }
}

/// One phase, as the page shows it.
struct PhaseStatus: Sendable, Equatable {
    let name: String
    let title: String
    let day: String
    let features: [Feature]
    var entities: [EntityStatus]
    /// Whether the job has it.
    var isPlanned: Bool
    /// Whether its features can be used.
    var isUsable: Bool

    /// What people can use.
    struct Feature: Sendable, Equatable {
        let name: String
        let title: String
    }

    var isActive: Bool { entities.contains { $0.work != nil } }

    /// The phases of a connection, in the order of the pipelines.
    static func all(_ progress: JobProgress, _ job: SyncJob?, _ catalog: Catalog) -> [PhaseStatus] {
        let known = Set(progress.entities.map(\.phase))
        return catalog.phases.filter { known.contains($0.name) }.map { phase in
            PhaseStatus(
                name: phase.name, title: phase.title, day: phase.day,
                features: phase.features.map { Feature(name: $0.name, title: $0.title) },
                entities: progress.entities.filter { $0.phase == phase.name }.map { EntityStatus(progress: $0) },
                isPlanned: job?.phases.contains(phase.name) ?? true,
                isUsable: progress.usablePhases.contains(phase.name))
        }
    }
}
