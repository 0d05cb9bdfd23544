import Foundation
import Testing

/// The phases that a firm requests besides the default ones.
@Suite(.timeLimit(.minutes(40)))
struct MoreKindsTests {
    private static let firm = [
        "--firm", "small", "--matters", "60", "--contacts", "120", "--calendar-entries", "20", "--tasks", "20",
        "--documents", "60", "--activities", "400", "--limit", "100000",
    ]

    @Test(.gate) func allPhasesArriveAndADefectIsFlaggedUnderItsRule() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(Self.firm + ["--defects", "0.1", "--truth", "truth.ndjson"])
            let phases = ["core", "supporting", "historical", "extended", "billing"]
            let run = try await sandbox.cliosync(
                ["run", "--json"], simulator, settings: ["SYNC_PHASES": phases.joined(separator: ",")])
            run.expect(0)
            let report = try run.report()
            #expect(report.verify?.ok == true)
            #expect(Set(report.entities.map(\.phase)) == Set(phases))
            for entity in report.entities {
                #expect(entity.status == "COMPLETED" && entity.extracted > 0, "\(entity.phase)/\(entity.entity)")
                #expect(entity.extracted == entity.accepted + entity.rejected, "\(entity.phase)/\(entity.entity)")
                #expect(entity.extracted == entity.expected, "\(entity.phase)/\(entity.entity)")
            }
            try await expectDefects(sandbox, report.entities.filter { ["extended", "billing"].contains($0.phase) })
            for view in [
                "matter_custom_fields", "matters_with_custom_fields", "contacts_with_custom_fields", "parties",
                "realization_by_practice_area",
                "receivables_by_age", "trust_balance_by_matter",
            ] {
                #expect(try await sandbox.query("SELECT count(*) > 0 FROM \(view)") == "1", "\(view)")
            }
            // References from the default phases into these.
            for (table, column, parent) in [
                ("matters", "matter_stage_id", "matter_stages"), ("tasks", "task_type_id", "task_types"),
                ("documents", "parent_id", "folders"), ("time_entries", "bill_id", "bills"),
                ("matter_custom_field_values", "custom_field_id", "custom_fields"),
            ] {
                let links = "SELECT count(*) FROM \(table) WHERE \(column)"
                #expect(try await sandbox.query("\(links) IS NOT NULL") != "0", "\(table).\(column)")
                #expect(try await sandbox.query("\(links) NOT IN (SELECT id FROM \(parent))") == "0")
            }
            // Both kinds of notes are in one table, and all kinds of costs.
            #expect(try await sandbox.query("SELECT group_concat(DISTINCT type) FROM notes").count > 10)
            #expect(try await sandbox.query("SELECT count(DISTINCT type) FROM expense_entries") == "3")
            // Content is not requested.
            let asked = try simulator.requests().compactMap { $0.query["fields"] }.joined(separator: ",")
            #expect(!asked.contains("detail") && !asked.contains("body"))

            // All lists are kept current.
            try await sandbox.control(simulator, "clock?value=86400")
            try await sandbox.control(simulator, "change?add=2&edit=3&delete=1&seed=4")
            let refresh = try await sandbox.cliosync(["refresh", "--json"], simulator)
            refresh.expect(0)
            #expect(try refresh.report().verify?.ok == true)
            let changed = "SELECT count(DISTINCT table_name) > 20 FROM changes WHERE change = 'updated'"
            #expect(try await sandbox.query(changed) == "1")
        }
    }

    /// Compares the rules of the flags with the simulator's answer sheet, list by list.
    private func expectDefects(_ sandbox: Sandbox, _ entities: [Report.Entity]) async throws {
        struct Line: Decodable {
            let entity: String
            let healthy: Bool
            let rule: String?
        }
        var expected: [String: Int] = [:]
        for line in String(decoding: sandbox.read("truth.ndjson"), as: UTF8.self).split(separator: "\n") {
            let record = try JSONDecoder().decode(Line.self, from: Data(line.utf8))
            guard !record.healthy, entities.contains(where: { $0.entity == record.entity }) else { continue }
            expected["\(record.entity) \(record.rule ?? "")", default: 0] += 1
        }
        #expect(expected.count > 8)
        let flags = try await sandbox.query(
            "SELECT entity || ' ' || rule || '=' || count(*) FROM flagged_violations GROUP BY entity, rule")
        var found: [String: Int] = [:]
        for line in flags.split(separator: "\n") {
            let parts = line.split(separator: "=")
            found[String(parts[0])] = Int(parts[1])
        }
        for (flag, count) in expected {
            // A record that refers to a rejected one has a flag of its own.
            let isExact = !flag.hasSuffix(" reference")
            #expect(isExact ? found[flag] == count : (found[flag] ?? 0) >= count, "\(flag): \(count)")
        }
        for entity in entities {
            for (flag, count) in found where flag.hasPrefix(entity.entity + " ") && !flag.hasSuffix(" reference") {
                #expect(expected[flag] == count, "\(flag): \(count)")
            }
        }
    }

    @Test(.gate, arguments: [403, 404, 307])
    func aListThatAPlanLacksFailsAlone(status: Int) async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator(Self.firm)
            try await sandbox.control(simulator, "forbid?kind=relationships&status=\(status)")
            let run = try await sandbox.cliosync(["run", "--json", "--phase", "extended"], simulator)
            run.expect(3)
            let report = try run.report()
            for entity in report.entities {
                #expect(
                    entity.status == (entity.entity == "relationships" ? "FAILED" : "COMPLETED"), "\(entity.entity)")
            }
            let reason = ["403": "forbidden", "404": "404", "307": "redirects"]["\(status)"] ?? ""
            let shown = try await sandbox.cliosync(["status", "--connection", "default"], nil)
            #expect(shown.stdout.contains("extended/relationships: ") && shown.stdout.contains(reason))
        }
    }

    /// 10,000 records is what Clio shows of a list without an order.
    @Test(.deep(.firms)) func listsWithoutAnOrderPassTheLimit() async throws {
        try await Sandbox.use { sandbox in
            let simulator = try await sandbox.simulator([
                "--firm", "small", "--matters", "50", "--contacts", "110000", "--activities", "44000", "--limit",
                "100000",
            ])
            let run = try await sandbox.cliosync(
                [
                    "run", "--json", "--phase", "billing", "--entity", "line_items", "--entity",
                    "outstanding_client_balances",
                ], simulator)
            run.expect(0)
            for entity in try run.report().entities {
                #expect(entity.extracted - entity.duplicates == 11_000, "\(entity.entity)")
            }
        }
    }
}
