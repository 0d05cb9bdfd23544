/// The lists that the simulator serves.
enum Kind: Int, CaseIterable, Sendable {
    case matters, contacts, calendarEntries, tasks, documents, activities, users, practiceAreas

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

        init(_ path: String, _ schema: String, _ base: Int, _ stride: Int, _ orders: String) {
            self.path = path
            self.schema = schema
            self.identity = Identity(base: base, stride: stride, salt: fingerprint(schema))
            self.orders = orders.split(separator: " ").map(String.init)
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
