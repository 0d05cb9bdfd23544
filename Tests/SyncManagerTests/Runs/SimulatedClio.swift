import ClioSimulator
import Foundation
import Jobs
import StagedFirm
import Staging
import SyncManager

/// A firm, and a simulator of Clio in this process that holds its records.
struct SimulatedClio: Sendable {
    let firm: StagedFirm
    let simulator: Simulator
    let environment: [String: String]

    /// Runs a simulator for the time of `body`: 40 contacts, 30 matters, 3 users, 2 practice areas, no rate limit to speak of.
    static func use(
        pipelines: [String] = SmallPipelines.all, _ adjust: (inout SimulatorOptions) -> Void = { _ in },
        _ body: (SimulatedClio) async throws -> Void
    ) async throws {
        var options = SimulatorOptions()
        options.shape = FirmShape(
            matters: 30, contacts: 40, calendarEntries: 0, tasks: 0, documents: 0, activities: 0, users: 3,
            practiceAreas: 2)
        options.limit = 1_000_000
        // A budget of its own: processes share that of a token.
        options.token = "token-\(UUID().uuidString)"
        adjust(&options)
        let simulator = try Simulator(options: options)
        let port = try await simulator.start()
        do {
            let firm = try StagedFirm(connection: "t-\(UUID().uuidString.lowercased())", pipelines: pipelines)
            try await body(
                SimulatedClio(
                    firm: firm, simulator: simulator,
                    environment: [
                        "CLIO_BASE_URL": "http://127.0.0.1:\(port)", "CLIO_ACCESS_TOKEN": options.token,
                    ]))
            await simulator.stop()
        } catch {
            await simulator.stop()
            throw error
        }
    }

    /// Requests to a list.
    func pages(of path: String) -> Int {
        simulator.requests.filter { $0.path.hasSuffix("/\(path).json") }.count
    }

    func manager(_ changes: [String: String] = [:], stop: StopSignal = StopSignal()) throws -> SyncManager {
        try firm.manager(environment: environment.merging(changes) { _, new in new }, stop: stop)
    }

    /// Runs the firm's job, or begins it.
    func run(
        phases: [String]? = nil, _ changes: [String: String] = [:], limits: RunLimits = RunLimits(),
        force: Bool = false, stop: StopSignal = StopSignal()
    ) async throws -> RunReport {
        let manager = try manager(changes, stop: stop)
        let job = try manager.createInitialSync(connection: firm.connection, phases: phases)
        let selection = try phases.map { try firm.selection(phases: $0) }
        return try await manager.executeSync(job.id, selection: selection, force: force, limits: limits)
    }
}
