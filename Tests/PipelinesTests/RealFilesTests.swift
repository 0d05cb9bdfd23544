import Foundation
import Pipelines
import Testing

/// What the shipped files ask of Clio.
@Suite struct RealFilesTests {
    @Test("Three phases with the entities that an onboarding needs")
    func phases() throws {
        let catalog = try Repository.catalog()
        #expect(catalog.phases.map(\.name) == ["core", "supporting", "historical", "extended", "billing"])
        #expect(catalog.defaultPhases.map(\.name) == ["core", "supporting", "historical"])
        #expect(catalog.defaultPhases.map(\.day) == ["1", "1-2", "2-5"])
        #expect(catalog.phases[0].entities.map(\.name) == ["users", "practice_areas", "matters", "contacts"])
        #expect(catalog.phases[1].entities.map(\.name) == ["contacts", "calendar_entries", "tasks"])
        #expect(catalog.phases[2].entities.map(\.name) == ["documents", "time_entries"])
        #expect(catalog.phases.allSatisfy { !$0.features.isEmpty })
    }

    @Test("High, medium, low")
    func priorities() throws {
        let entities = try Repository.catalog().entities
        func priority(_ name: String) -> Set<Int> { Set(entities.filter { $0.name == name }.map(\.priority)) }
        for name in ["users", "practice_areas", "matters", "contacts"] { #expect(priority(name) == [1]) }
        for name in ["calendar_entries", "tasks"] { #expect(priority(name) == [2]) }
        for name in ["documents", "time_entries"] { #expect(priority(name) == [3]) }
    }

    @Test("Matters and contacts say how large a firm is")
    func firmSizes() throws {
        let catalog = try Repository.catalog()
        var sizes: [String: [Int]] = [:]
        for entity in catalog.entities where !entity.firmSizes.isEmpty {
            sizes["\(entity.phase).\(entity.name)"] = entity.firmSizes
        }
        #expect(sizes == ["core.matters": [500, 2000, 10_000], "supporting.contacts": [1000, 10_000, 50_000]])
    }

    @Test("Batches and the brief's settings")
    func batches() throws {
        let entities = try Repository.catalog().entities
        #expect(
            Set(entities.compactMap(\.batchSetting)) == [
                "SYNC_BATCH_SIZE_MATTERS", "SYNC_BATCH_SIZE_CONTACTS", "SYNC_BATCH_SIZE_CALENDAR",
                "SYNC_BATCH_SIZE_TASKS",
                "SYNC_BATCH_SIZE_DOCUMENTS", "SYNC_BATCH_SIZE_TIME_ENTRIES",
            ])
        for entity in entities {
            let most = entity.name == "users" ? 2000 : 200
            #expect(entity.batchSize == most && entity.maximumBatchSize == most, "\(entity.name)")
        }
    }

    @Test("Every list but two has the unlimited cursor; the calendar can be cut in time")
    func order() throws {
        for entity in try Repository.catalog().entities {
            // Some have no order in Clio's document: the parameter is then ignored, and the list continued by creation.
            if entity.name == "outstanding_client_balances" {
                #expect(entity.order == nil && entity.since == Since())
                #expect(entity.windows?.boundType == .date)
            } else if entity.name == "calendar_entries" {
                #expect(entity.order == nil)
                #expect(
                    entity.windows
                        == Windows(
                            lowerParameter: "from", upperParameter: "to", startField: "start_at", endField: "end_at",
                            boundType: .timestamp))
            } else {
                #expect(entity.order == "id(asc)" && entity.windows == nil, "\(entity.name)")
            }
        }
    }

    @Test("What Clio may ignore is checked on every record")
    func expectations() throws {
        let catalog = try Repository.catalog()
        let clients = try #require(catalog.phase(named: "core")?.entity(named: "contacts"))
        #expect(clients.parameters == [Parameter(name: "client_only", value: "true")])
        #expect(clients.expectations == [Expectation(path: ["is_client"], json: "true")])
        let entries = try #require(catalog.phase(named: "historical")?.entity(named: "time_entries"))
        #expect(entries.endpoint == "activities")
        #expect(entries.parameters == [Parameter(name: "type", value: "TimeEntry")])
        #expect(entries.expectations == [Expectation(path: ["type"], json: "\"TimeEntry\"")])
        #expect(catalog.entities.allSatisfy { $0.parameters.isEmpty == $0.expectations.isEmpty })
    }

    @Test("Both phases of contacts ask for the same and fill one table")
    func contacts() throws {
        let feeders = try Repository.catalog().feeders(ofTable: "contacts")
        #expect(feeders.map(\.phase) == ["core", "supporting"])
        #expect(feeders[0].fields == feeders[1].fields)
        #expect(feeders[0].fingerprintText == feeders[1].fingerprintText)
    }

    /// UTC's day is another one than the firm's for half of the world's offices, for half of the day.
    @Test func noShippedViewDecidesADayInUTC() throws {
        for view in try Repository.catalog().views {
            #expect(!view.sql.contains("date('now'") && !view.sql.contains("CURRENT_DATE"), "\(view.name)")
            let parts = view.sql.split(separator: "strftime(").dropFirst()
            for part in parts where part.hasPrefix("'%Y-%m-%d',") {
                #expect(part.hasPrefix("'%Y-%m-%d', 'now', 'localtime')"), "\(view.name)")
            }
        }
    }

    @Test("Every table has a version column and a description")
    func tables() throws {
        for table in try Repository.catalog().tables {
            #expect(table.column(named: Table.versionColumn)?.type == .timestamp, "\(table.name)")
            #expect(table.description != nil, "\(table.name)")
        }
    }
}
