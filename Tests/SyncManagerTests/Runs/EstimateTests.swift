import Bytes
import ClioSimulator
import Foundation
import JSON
import Jobs
import StagedFirm
import SyncManager
import Testing

/// An estimate: counts become requests, sizes and advice.
@Suite struct EstimateTests {
    private func estimate(
        _ clio: SimulatedClio, _ changes: [String: String] = [:], phases: [String] = []
    ) async throws -> SyncEstimate {
        try await clio.manager(changes).estimateSyncRequirements(
            connection: clio.firm.connection, selection: clio.firm.selection(phases: phases))
    }

    private func shape(matters: Int, contacts: Int = 40) -> FirmShape {
        FirmShape(
            matters: matters, contacts: contacts, calendarEntries: 0, tasks: 0, documents: 0, activities: 0, users: 3,
            practiceAreas: 2)
    }

    @Test(arguments: [
        (0, "small"), (499, "small"), (500, "medium"), (1_999, "medium"), (2_000, "large"), (9_999, "large"),
        (10_000, "enterprise"), (20_000, "enterprise"),
    ])
    func theClassOfAFirmFollowsTheBoundsOfItsPipeline(_ matters: Int, _ size: String) async throws {
        try await SimulatedClio.use({ $0.shape = shape(matters: matters) }) { clio in
            let estimate = try await estimate(clio)
            #expect(estimate.firmSize == size)
            #expect(estimate.entities.first { $0.entity == "matters" }?.records == matters)
        }
    }

    @Test func countsAreThoseOfClioAndPagesFollowFromThem() async throws {
        try await SimulatedClio.use({ $0.shape = shape(matters: 401, contacts: 1000) }) { clio in
            let estimate = try await estimate(clio)
            #expect(estimate.records == 401 + 1000 + 3 + 2)
            #expect(estimate.entities.map(\.records) == [1000, 401, 2, 3])
            let asked = clio.simulator.requestCount
            // Five pages of contacts and three of matters; one of each list that is shorter; at most a few that look
            // whether something came meanwhile.
            let requests = Dictionary(uniqueKeysWithValues: estimate.entities.map { ($0.entity, $0.requests) })
            #expect((5...8).contains(requests["contacts"] ?? 0), "\(requests)")
            #expect((3...6).contains(requests["matters"] ?? 0), "\(requests)")
            #expect((1...2).contains(requests["users"] ?? 0), "\(requests)")
            #expect(estimate.requests >= asked + requests.values.reduce(0, +))
            #expect(estimate.entities.first { $0.entity == "contacts" }?.isMeasured == true)
            #expect(estimate.phases.map(\.phase) == ["core", "supporting"])
            #expect(estimate.phases.map(\.records) == [1401, 5])
            #expect(estimate.phases[0].readyAfter <= estimate.phases[1].readyAfter)
            #expect(estimate.seconds >= (estimate.phases.last?.readyAfter ?? 0))
            #expect(estimate.databaseBytes > 0 && estimate.diskBytes >= estimate.databaseBytes + estimate.stagingBytes)
        }
    }

    @Test func aRunTakesTheRequestsThatWereEstimated() async throws {
        try await SimulatedClio.use({ $0.shape = shape(matters: 401, contacts: 1000) }) { clio in
            _ = try await clio.run()
            let made = clio.simulator.requestCount
            let job = try #require(JobFinder(staging: clio.firm.staging).jobs.first)
            let json = try #require(
                try JSONSerialization.jsonObject(with: Data((job.estimate ?? "").utf8)) as? [String: Any])
            let estimated = try #require(json["requests"] as? Int)
            #expect(estimated == made, "estimated \(estimated), made \(made)")
            #expect((json["actual"] as? [String: Any])?["requests"] as? Int == made)
        }
    }

    @Test func smallerPagesTakeMoreRequests() async throws {
        let pipelines = SmallPipelines.all.map {
            $0.replacing(
                "    firm_size: [500",
                with: "    batch: {size: 200, setting: SYNC_BATCH_SIZE_MATTERS}\n    firm_size: [500")
        }
        try await SimulatedClio.use(pipelines: pipelines, { $0.shape = shape(matters: 401) }) { clio in
            func requests(_ size: String) async throws -> Int {
                try await estimate(clio, ["SYNC_BATCH_SIZE_MATTERS": size]).entities.first { $0.entity == "matters" }?
                    .requests ?? 0
            }
            let (large, small) = (try await requests("200"), try await requests("50"))
            #expect(small >= large + 5, "\(small) \(large)")
        }
    }

    @Test func aListThatCannotBeCountedIsNamed() async throws {
        try await SimulatedClio.use({ $0.forbidden = ["matters"] }) { clio in
            let estimate = try await estimate(clio)
            #expect(estimate.entities.first { $0.entity == "matters" }?.records == nil)
            #expect(estimate.reasons.contains("not counted: matters"))
            #expect(estimate.records == 45)
        }
    }

    @Test func aLargeFirmIsAdvisedToGoPhaseByPhase() async throws {
        try await SimulatedClio.use({ $0.shape = shape(matters: 20_000, contacts: 90_000) }) { clio in
            let estimate = try await estimate(clio)
            #expect(estimate.strategy == "phased")
            #expect(estimate.reasons.contains { $0.contains("110,005 records") })
            #expect(estimate.reasons.contains { $0.contains("SYNC_WINDOW") })
        }
        try await SimulatedClio.use { clio in
            let estimate = try await estimate(clio)
            #expect(estimate.strategy == "single")
            #expect(estimate.reasons.contains { $0.contains("75 records are read in one sitting") })
        }
    }

    @Test func onlyTheChosenPhasesAreCounted() async throws {
        try await SimulatedClio.use { clio in
            let estimate = try await estimate(clio, phases: ["supporting"])
            #expect(estimate.entities.map(\.entity) == ["practice_areas", "users"])
            #expect(clio.pages(of: "matters") == 0)
        }
    }

    @Test func theEstimateIsStoredOnTheJob() async throws {
        try await SimulatedClio.use { clio in
            let estimate = try await estimate(clio)
            let status = try clio.manager().getSyncStatus()
            #expect(status.job?.status == "PENDING")
            #expect(status.job?.estimatedItems == 75)
            #expect(status.estimate?.text == estimate.json)
        }
    }

    @Test func withoutATokenThatWorksTheReasonIsTold() async throws {
        try await SimulatedClio.use { clio in
            await #expect(throws: ConfigurationError.self) {
                try await estimate(clio, ["CLIO_ACCESS_TOKEN": ""])
            }
            await #expect(throws: CriticalError.self) {
                try await estimate(clio, ["CLIO_ACCESS_TOKEN": "wrong-\(UUID().uuidString)"])
            }
        }
    }
}
