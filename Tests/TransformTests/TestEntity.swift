import Pipelines

/// A small matters entity with every kind of column and rule.
enum TestEntity {
    static func matters(extra: [Column] = [], rules: [RowRule]? = nil) -> Entity {
        let columns =
            [
                Column(name: "id", path: ["id"], type: .integer, required: true),
                Column(name: "etag", path: ["etag"], type: .text),
                Column(name: "display_number", path: ["display_number"], type: .text, required: true, severity: .warn),
                Column(name: "status", path: ["status"], type: .text, allowed: ["Open", "Pending", "Closed"]),
                Column(
                    name: "open_date", path: ["open_date"], type: .date,
                    range: ValueRange(minimum: "1900-01-01", maximum: "2200-12-31")),
                Column(name: "close_date", path: ["close_date"], type: .date),
                Column(name: "billable", path: ["billable"], type: .boolean),
                Column(
                    name: "hours", path: ["hours"], type: .decimal, range: ValueRange(minimum: "0", maximum: nil)),
                Column(name: "starts", path: ["starts"], type: .time),
                Column(name: "extra", path: ["extra"], type: .json),
                Column(name: "client_id", path: ["client", "id"], type: .integer, references: "contacts"),
                Column(name: "client_name", path: ["client", "name"], type: .text),
                Column(name: "currency", path: ["currency", "code"], type: .text, pattern: "^[A-Z]{3}$"),
                Column(name: "event_id", path: ["event", "id"], type: .text, references: "calendar_entries"),
                Column(name: "updated_at", path: ["updated_at"], type: .timestamp),
            ] + extra
        let phones = ChildTable(
            name: "matter_phones", title: "Phones", description: nil, path: ["phones"], parentColumn: "matter_id",
            columns: [
                Column(name: "id", path: ["id"], type: .integer),
                Column(name: "number", path: ["number"], type: .text),
                Column(name: "label", path: ["kind", "label"], type: .text),
            ], indexes: [])
        let order = RowRule(
            name: "closes_after_opening", text: "close_date >= open_date",
            condition: .compare(.column("close_date"), .greaterOrEqual, .column("open_date")), severity: .warn,
            message: nil)
        let table = Table(
            name: "matters", title: "Matters", description: nil, columns: columns, children: [phones],
            rules: rules ?? [order], indexes: [])
        return Entity(
            phase: "core", name: "matters", title: "Matters", priority: 1, endpoint: "matters", parameters: [],
            expectations: [], order: "id(asc)", batchSize: 200, maximumBatchSize: 200, batchSetting: nil,
            fields: ["id", "etag", "display_number", "status"], windows: nil, table: table,
            tableDefinedIn: TableOwner(phase: "core", entity: "matters"))
    }
}
