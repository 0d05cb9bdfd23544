import Foundation
import Pipelines
import Testing

/// The fixture that uses every key comes out as it was written.
@Suite struct GoodFileTests {
    private func catalog() throws -> Catalog {
        try Catalog.load(folder: Repository.fixtures.appending(path: "good").path)
    }

    /// As any editor saves it: byte order marks, line ends of Windows and old Macs, spaces at the ends of lines, UTF-16.
    @Test(arguments: 0..<5) func editors(_ way: Int) throws {
        let whole = try catalog()
        let folder = FileManager.default.temporaryDirectory.appending(path: "pipelines-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for name in ["core", "supporting"] {
            let text = try String(
                contentsOf: Repository.fixtures.appending(path: "good/\(name).yaml"), encoding: .utf8)
            let data =
                switch way {
                case 0: Data(("\u{FEFF}" + text).utf8)
                case 1: Data(text.replacing("\n", with: "\r\n").utf8)
                case 2: Data(text.replacing("\n", with: "\r").utf8)
                case 3: Data(("\u{FEFF}" + text.replacing("\n", with: " \r\n")).utf8)
                default: Data([0xFF, 0xFE] + Array(text.utf16).flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] })
                }
            try data.write(to: folder.appending(path: "\(name).yaml"))
        }
        let read = try Catalog.load(folder: folder.path)
        #expect(read.phases == whole.phases)
    }

    @Test func entity() throws {
        let core = try #require(try catalog().phase(named: "core"))
        #expect(core.title == "Matters" && core.day == "1")
        #expect(core.features == [Feature(name: "matters", title: "Matter list")])
        // By priority, not by place.
        #expect(core.entities.map(\.name) == ["matters", "contacts"])
        let matters = try #require(core.entity(named: "matters"))
        #expect(matters.endpoint == "lists/matters" && matters.order == "id(asc)" && matters.priority == 1)
        #expect(
            matters.parameters == [
                Parameter(name: "open", value: "true"), Parameter(name: "kind", value: "Big one"),
                Parameter(name: "statuses[]", value: "3"),
            ])
        #expect(
            matters.expectations == [
                Expectation(path: ["status"], json: "\"Open\""), Expectation(path: ["client", "id"], json: "7"),
                Expectation(path: ["billable"], json: "true"),
            ])
        #expect(matters.firmSizes == [500, 2000, 10000])
        #expect(matters.link == LinkTemplate("https://{host}/nc/#/matters/{id}"))
        #expect(core.entity(named: "contacts")?.link == nil)
        #expect(matters.batchSize == 100 && matters.maximumBatchSize == 500)
        #expect(matters.batchSetting == "SYNC_BATCH_SIZE_MATTERS")
        #expect(
            matters.windows
                == Windows(
                    lowerParameter: "from", upperParameter: "to", startField: "open_date", endField: "close_date",
                    boundType: .date))
        #expect(
            matters.fieldsParameter
                == "id,updated_at,status,billable,open_date,close_date,hours,client{id,name,company},phone_numbers{number}"
        )
        let contacts = try #require(core.entity(named: "contacts"))
        #expect(contacts.order == nil && contacts.windows == nil && contacts.parameters.isEmpty)
        #expect(contacts.batchSize == 200 && contacts.maximumBatchSize == 200 && contacts.batchSetting == nil)
    }

    @Test func table() throws {
        let table = try #require(try catalog().phase(named: "core")?.entity(named: "matters")?.table)
        #expect(table.name == "cases" && table.title == "Cases" && table.description == "What the firm works on.")
        #expect(table.indexes == [["status", "open_date"], ["hours"]])
        #expect(
            table.column(named: "status")
                == Column(
                    name: "status", title: "Status", description: "Whether work goes on", path: ["status"], type: .text,
                    required: true, allowed: ["Open", "Closed"], pattern: "^[A-Z]", severity: .reject))
        #expect(table.column(named: "billable")?.allowed == ["true"])
        #expect(table.column(named: "close_date")?.range == ValueRange(minimum: "1900-01-01", maximum: "2200-12-31"))
        #expect(table.column(named: "hours")?.range == ValueRange(minimum: "0", maximum: nil))
        #expect(table.column(named: "client_id")?.references == "contacts")
        #expect(table.column(named: "company_id")?.path == ["client", "company", "id"])
        let typed = try #require(table.column(named: "company_id")?.typedReference)
        #expect(typed.by == "status" && typed.targets.map(\.type) == ["Open", "Closed"])
        #expect(typed.targets.map(\.table) == ["contacts", "contacts"])
        #expect(typed.targets.map(\.feeder) == [nil, TableOwner(phase: "core", entity: "contacts")])
        let child = try #require(table.children.first)
        #expect(
            child.name == "case_phone_numbers" && child.path == ["phone_numbers"] && child.parentColumn == "case_id")
        #expect(child.columns.map(\.allowed) == [["Open", "Closed"]])
        #expect(child.indexes == [["number"], ["case_id", "position"]])
    }

    @Test("`and` binds tighter than `or`, `not` tighter than both")
    func rule() throws {
        let rule = try #require(try catalog().phase(named: "core")?.entity(named: "matters")?.table.rules.first)
        #expect(rule.name == "closes_after_opening" && rule.severity == .reject)
        #expect(rule.message == "It closes before it opens")
        #expect(
            rule.condition
                == .or(
                    .compare(.column("close_date"), .greaterOrEqual, .column("open_date")),
                    .and(
                        .not(
                            .and(
                                .compare(.column("hours"), .greater, .decimal(1.5)),
                                .compare(.column("status"), .notEqual, .text("It's open")))),
                        .isNotNull(column: "billable"))))
    }

    @Test("A table is defined once; another phase names it")
    func use() throws {
        let catalog = try catalog()
        let contacts = try #require(catalog.phase(named: "supporting")?.entity(named: "contacts"))
        #expect(contacts.table == catalog.phase(named: "core")?.entity(named: "contacts")?.table)
        #expect(contacts.tableDefinedIn == TableOwner(phase: "core", entity: "contacts"))
        #expect(catalog.tables.map(\.name) == ["cases", "contacts"])
        #expect(catalog.feeders(ofTable: "contacts").map(\.phase) == ["core", "supporting"])
    }
}
