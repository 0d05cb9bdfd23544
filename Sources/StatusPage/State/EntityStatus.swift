internal import Jobs

/// How one entity of a phase stands.
struct EntityStatus: Sendable, Equatable {
    let phase: String
    let name: String
    let title: String
    var status: JobStatus = .pending
    /// Clio's own count, or the estimate's.
    var expected: Int?
    var extracted = 0
    var accepted = 0
    var rejected = 0
    var warned = 0
    var duplicates = 0
    var loaded = 0
    /// What is done with it right now.
    var work: Work?
    /// Seconds left of this work; nil: nothing moves.
    var etaSeconds: Int?
    /// Records a second of this work.
    var rate: Double?
    /// One line: what happens, or what it waits for.
    var words = ""
    /// Whether it was asked to come first: nil, not; false, asked; true, heard.
    var priority: Bool?
    /// How far its groups are, until all of it is there; empty when it is not brought by groups.
    var groups: [GroupSummary] = []
    /// The groups that were asked to come first: false, asked; true, heard.
    var groupPriorities: [String: Bool] = [:]
    /// What people should know.
    var message: String?
    /// When it ended, UTC text.
    var completedAt: String?

    /// A stage at work.
    struct Work: Sendable, Equatable {
        let stage: String
        let done: Int
        let total: Int?
    }

    /// Share that is loaded or rejected, 0 to 100.
    var percent: Double? { Self.percent(loaded + rejected, of: expected) }
    /// Share that is fetched, 0 to 100.
    var fetchedPercent: Double? {
        status == .completed && extracted == 0 ? 100 : Self.percent(extracted, of: expected)
    }
    /// Share that is in the database, a load under way with it.
    var loadedPercent: Double? {
        guard let work, work.stage == "load", let total = work.total, total > 0 else {
            return status == .completed ? 100 : percent
        }
        return max(percent ?? 0, min(100, Double(work.done) / Double(total) * 100))
    }

    static func percent(_ done: Int, of total: Int?) -> Double? {
        guard let total, total > 0 else { return total == 0 ? 100 : nil }
        return min(100, Double(done) / Double(total) * 100)
    }
}

/// How one phase stands, with what it brings.
struct PhaseStatus: Sendable, Equatable {
    let name: String
    let title: String
    let day: String
    let features: [Feature]
    var entities: [EntityStatus]
    /// Whether the job has it.
    var isPlanned: Bool

    /// What people can use.
    struct Feature: Sendable, Equatable {
        let name: String
        let title: String
    }

    /// Whether its features can be used.
    var isUsable: Bool { !entities.isEmpty && entities.allSatisfy { $0.status == .completed } }
    var isActive: Bool { entities.contains { $0.work != nil } }
}
