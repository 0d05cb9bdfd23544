import Foundation
import Pipelines
import Testing

/// The three files that the product ships.
@Suite struct RealFilesTests {
    @Test("M6, M18: three phases with the entities that an onboarding needs")
    func phases() throws {
        let catalog = try Repository.catalog()
        #expect(catalog.phases.map(\.name) == ["core", "supporting", "historical"])
        #expect(catalog.phases.map(\.day) == ["1", "1-2", "2-5"])
        #expect(catalog.phases[0].entities.map(\.name) == ["users", "practice_areas", "matters", "contacts"])
        #expect(catalog.phases[1].entities.map(\.name) == ["contacts", "calendar_entries", "tasks"])
        #expect(catalog.phases[2].entities.map(\.name) == ["documents", "time_entries"])
        #expect(catalog.phases.allSatisfy { !$0.features.isEmpty })
    }
}
