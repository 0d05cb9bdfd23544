import Foundation
import TestSupport
import Testing

/// Phases and entities are what the pipeline files say.
@Suite(.timeLimit(.minutes(40)))
struct PhaseTests {
    private static let firm = [
        "--firm", "small", "--matters", "30", "--contacts", "60", "--calendar-entries", "30", "--tasks", "20",
        "--documents", "30", "--activities", "60", "--defects", "0.1", "--limit", "100000",
    ]

    @Test(.gate) func otherNamesGiveTheSameDatabaseAndAPhaseIsAdded() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(Self.firm)
            let plain = try await sandbox.cliosync(["run", "--connection", "plain"], simulator)
            #expect([0, 3].contains(plain.code))

            for (name, text) in try RenamedPipelines.of(URL(filePath: sandbox.folder + "/pipelines")) {
                try sandbox.write(text, to: "renamed/\(name).yaml")
            }
            let run = try await sandbox.cliosync(["run", "--pipelines", "renamed"], simulator)
            #expect(run.code == plain.code)
            var digests = try await [sandbox.digests("databases/plain.sqlite"), sandbox.digests()]
            // Flags name the phase and the entity.
            for index in digests.indices { digests[index] = digests[index].filter { !$0.key.hasPrefix("flagged_") } }
            #expect(digests[0] == digests[1])
            let flags = "SELECT count(*), count(DISTINCT rule) FROM flagged_violations"
            #expect(try await sandbox.query(flags) == sandbox.query(flags, "databases/plain.sqlite"))

            // A further phase of a complete firm: nothing of it happens before it is requested, and nothing but it then.
            try sandbox.write(Self.extra, to: "renamed/extra.yaml")
            let before = try simulator.requests().count
            #expect(try await sandbox.cliosync(["run", "--pipelines", "renamed"], simulator).code == run.code)
            let status = try await sandbox.cliosync(
                ["status", "--connection", "default", "--pipelines", "renamed"], nil)
            #expect(status.stdout.contains("kind_tasks") && !status.stdout.contains("area_names"))
            #expect(try simulator.requests().dropFirst(before).allSatisfy { !$0.isPage })
            try await sandbox.cliosync(["run", "--phase", "extra", "--pipelines", "renamed"], simulator).expect(0)
            let pages = try simulator.requests().dropFirst(before).filter(\.isPage)
            #expect(pages.map(\.path) == ["/api/v4/practice_areas.json"])
            #expect(try await sandbox.query("SELECT count(*) > 0 FROM area_names") == "1")
            // From now on it belongs to the firm.
            let again = try await sandbox.cliosync(
                ["status", "--connection", "default", "--pipelines", "renamed"], nil)
            #expect(again.stdout.contains("area_names"))
            let estimate = try await sandbox.cliosync(["estimate", "--pipelines", "renamed"], simulator)
            #expect(estimate.stdout.contains("extra"))
        }
    }

    private static let extra = """
        format: 1
        phase: extra
        title: Names of areas
        order: 90
        default: false
        features: {area_names: Names of practice areas}
        entities:
          area_names:
            title: Names of areas
            priority: 1
            endpoint: practice_areas
            order: id(asc)
            fields: [id, name]
            table:
              columns:
                id: {type: integer, required: true}
                name: {type: text}

        """
}
