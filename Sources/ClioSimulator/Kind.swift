/// The lists that the simulator serves.
enum Kind: Int, CaseIterable, Sendable {
    case matters, contacts, calendarEntries, tasks, documents, activities, users, practiceAreas
    case customFields, customFieldSets, matterStages, calendars, documentCategories, folders, activityDescriptions
    case taskTypes, groups, notes, communications, relationships, logEntries
    case bills, lineItems, allocations, creditMemos, outstandingBalances, bankAccounts, bankTransactions
    case trustLineItems

    /// The name in the path.
    var path: String { Kind.facts[rawValue].path }
    /// The record schema.
    var schema: String { Kind.facts[rawValue].schema }
    /// Most rows of a page, which is also how many come when nothing is said.
    var pageLimit: Int { self == .users ? 2_000 : 200 }
    /// Columns that `order` may name; empty where the end point has no `order`.
    var orders: [String] { Kind.facts[rawValue].orders }
    /// Whether the end point knows `order` at all.
    var takesOrder: Bool { !orders.isEmpty }
    /// Parameters without which Clio refuses to list.
    var requiredParameters: [String] { self == .notes ? ["type"] : [] }
    /// Whether the list can be limited to ids and to what is new or changed.
    var takesSince: Bool { self != .outstandingBalances }
    /// How many records a firm of this shape has, for kinds that no option counts.
    func share(of shape: FirmShape) -> Int { Kind.facts[rawValue].share(shape) }
    /// Where the ids of this kind begin and how far apart they are.
    var identity: Identity { Kind.facts[rawValue].identity }

    static func named(_ path: some StringProtocol) -> Kind? {
        allCases.first { $0.path == path }
    }

    static func of(thing: String) -> Kind? {
        allCases.first { $0.schema == thing }
    }

    private struct Facts: Sendable {
        var path: String
        var schema: String
        var identity: Identity
        var orders: [String]
        var share: @Sendable (FirmShape) -> Int = { _ in 0 }

        init(_ path: String, _ schema: String, _ base: Int, _ stride: Int, _ orders: String) {
            self.path = path
            self.schema = schema
            self.identity = Identity(base: base, stride: stride, salt: fingerprint(schema))
            self.orders = orders.split(separator: " ").map(String.init)
        }

        init(_ path: String, _ schema: String, _ orders: String, _ share: @escaping @Sendable (FirmShape) -> Int) {
            self.path = path
            self.schema = schema
            self.identity = Identity(thing: schema)
            self.orders = orders.split(separator: " ").map(String.init)
            self.share = share
        }
    }

    private static let facts: [Facts] = [
        Facts(
            "matters", "Matter", 1_620_000_000, 11,
            """
            display_number custom_number id client.name clients open_date practice_area.name matter_stage.name
            responsible_attorney.name close_date pending_date updated_at created_at statute_of_limitations.due_at
            originating_attorney.name grants matter_stage_updated_at
            """.replacingNewlines),
        Facts("contacts", "Contact", 2_290_000_000, 13, "id name shared_at"),
        Facts("calendar_entries", "CalendarEntry", 4_410_000_000, 7, ""),
        Facts(
            "tasks", "Task", 3_300_000_000, 9,
            "name task_type.name id priority matter.display_number due_at due_at_strict completed_at"),
        Facts(
            "documents", "Document", 18_700_000_000, 8, "created_at document_number id name received_at updated_at"),
        Facts(
            "activities", "Activity", 7_800_000_000, 5,
            """
            id display_number user.name price total type date note updated_at vendor.name expense_category.name
            non_billable non_billable_total
            """.replacingNewlines),
        Facts(
            "users", "User", 350_963_000, 17, "enabled id name first_name last_name initials subscription_type"),
        Facts("practice_areas", "PracticeArea", 45_000_100, 13, "id name category code"),
        Facts("custom_fields", "CustomField", "id name display_order") { _ in Firm.customFields * 2 },
        Facts("custom_field_sets", "CustomFieldSet", "id name parent_type") { _ in 4 },
        Facts("matter_stages", "MatterStage", "") { _ in 12 },
        Facts("calendars", "Calendar", "id name") { $0.users },
        Facts("document_categories", "DocumentCategory", "id name") { _ in 8 },
        Facts("folders", "Folder", "id name updated_at") {
            $0.matters + $0.matters / 2 + $0.contacts / 2
        },
        Facts("activity_descriptions", "ActivityDescription", "") { _ in 15 },
        Facts("task_types", "TaskType", "id name") { _ in 6 },
        Facts("groups", "Group", "id name") { Firm.groups($0) },
        Facts("notes", "Note", "id date author updated_at") { $0.matters + $0.contacts / 2 },
        Facts("communications", "Communication", "id date received_at matter") { $0.matters * 2 },
        Facts("relationships", "Relationship", "") { $0.contacts == 0 ? 0 : $0.matters },
        Facts("log_entries", "LogEntry", "id accessed_at") { $0.matters },
        Facts(
            "bills", "Bill",
            "id due_at issued_at paid_at last_sent_at client_name matter_display_number balance number"
        ) { $0.matters * Firm.billsOfMatter },
        Facts("line_items", "LineItem", "") { $0.matters == 0 ? 0 : $0.activities / 4 },
        Facts("allocations", "Allocation", "id date") { $0.matters * Firm.billsOfMatter },
        Facts("credit_memos", "CreditMemo", "id date") { $0.matters / 10 },
        Facts("outstanding_client_balances", "OutstandingClientBalance", "") { $0.contacts / 10 },
        Facts(
            "bank_accounts", "BankAccount", "id name institution account_number transit_number currency updated_at type"
        ) { _ in 4 },
        Facts("bank_transactions", "BankTransaction", "id date") { $0.matters * 2 },
        Facts("trust_line_items", "TrustLineItem", "id") { $0.matters },
    ]
}

extension String {
    fileprivate var replacingNewlines: String {
        String(map { $0 == "\n" ? " " : $0 })
    }
}

/// Ids that grow with the place of a record, with gaps between them.
struct Identity: Sendable {
    let base: Int
    let stride: Int
    let salt: UInt64

    /// A space of ids for a thing that has no list.
    init(thing: String) {
        salt = fingerprint(thing)
        base = 50_000_000_000 + Int(salt % 1_000_000_000)
        stride = 3
    }

    init(base: Int, stride: Int, salt: UInt64) {
        self.base = base
        self.stride = stride
        self.salt = salt
    }

    @inline(__always)
    func id(_ index: Int) -> Int {
        base + index &* stride + mixed(salt ^ UInt64(bitPattern: Int64(index))).below(stride)
    }

    /// The place of the record with this id; nil when the id lies in a gap.
    func index(_ id: Int) -> Int? {
        guard id >= base else { return nil }
        let index = (id - base) / stride
        return self.id(index) == id ? index : nil
    }
}
