import Pipelines
import Testing

@testable import Remote
@testable import SyncManager

/// What each stage fetches from the store.
@Suite struct RemoteNeedsTests {
    private func needs(_ stages: [Stage], _ phase: String) throws -> Set<String> {
        let catalog = try ShippedCatalog.get()
        let selection = try Selection(catalog, phases: [phase], entities: [])
        let scopes = RemoteWork.needs(of: stages, selection)
        // A raw layer is never older than what was made of it.
        let firstRaw = scopes.firstIndex { if case .raw = $0 { true } else { false } } ?? 0
        #expect(scopes[firstRaw...].allSatisfy { if case .raw = $0 { true } else { false } })
        return Set(scopes.map(\.name))
    }

    @Test func aTableTakesThePhasesThatFeedIt() throws {
        // Contacts come with both phases.
        let both: Set = ["core/clean", "supporting/clean", "core/raw", "supporting/raw"]
        #expect(try needs([.load], "core") == both)
        #expect(try needs([.verify], "supporting") == both)
        #expect(try needs([.transform], "core") == ["core/clean", "core/raw"])
        #expect(try needs([.extract], "core") == ["core/raw", "supporting/raw"])
        #expect(try needs([.load], "historical") == ["historical/clean", "historical/raw"])
    }
}
