/// The filters of each list: what Clio's document offers and a sync may use. Anything else is ignored without a word,
/// as Clio does.
struct Filters: Sendable {
    /// Whether the record at a place belongs into the list.
    typealias Test = @Sendable (Int) -> Bool
    /// Makes the test of one parameter from its values.
    typealias Maker = @Sendable ([String], Query, Firm) throws(QueryError) -> Test

    private var table: [[(name: String, maker: Maker)]] = Kind.allCases.map { _ in [] }

    init() {
        for kind in Kind.allCases { addCommon(kind) }
        addMatters()
        addContacts()
        addEntries()
        addTasks()
        addDocuments()
        addActivities()
        let newest: @Sendable (Firm, Int) -> Int? = { $0.newestDue($1) }
        day(.outstandingBalances, "newest_bill_due_start_date", newest) { $0 >= $1 }
        day(.outstandingBalances, "newest_bill_due_end_date", newest) { $0 <= $1 }
        choice(.notes, "type", ["Matter", "Contact"]) { firm, i, type in firm.noteIsOfContact(i) == (type == 1) }
    }

    /// The names of the parameters that mean something to the list of a kind.
    func names(_ kind: Kind) -> [String] {
        table[kind.rawValue].map(\.name)
    }

    func tests(_ kind: Kind, _ query: Query, _ firm: Firm) throws(QueryError) -> [Test] {
        var tests: [Test] = []
        for name in kind.requiredParameters where !query.has(name) { throw .argument("\(name) is required") }
        for (name, maker) in table[kind.rawValue] where query.has(name) {
            tests.append(try maker(query.all(name), query, firm))
        }
        if kind == .documents {
            if query["include_deleted"] != "true" { tests.append { firm.documentState($0) != 1 } }
            if query["show_uncompleted"] != "true" { tests.append { firm.documentState($0) != 2 } }
        }
        return tests
    }

    // MARK: Building blocks

    private mutating func add(_ kind: Kind, _ name: String, _ maker: @escaping Maker) {
        table[kind.rawValue].append((name, maker))
    }

    private static func last(_ values: [String]) -> String {
        values.last ?? ""
    }

    private mutating func boolean(_ kind: Kind, _ name: String, _ trait: @escaping @Sendable (Firm, Int) -> Bool) {
        add(kind, name) { values, _, firm throws(QueryError) in
            let text = Filters.last(values)
            guard let wanted = ["true": true, "1": true, "false": false, "0": false][text] else {
                throw .argument("\(name) must be true or false")
            }
            return { trait(firm, $0) == wanted }
        }
    }

    private mutating func since(_ kind: Kind, _ name: String, _ trait: @escaping @Sendable (Firm, Int) -> Int) {
        add(kind, name) { values, _, firm throws(QueryError) in
            guard let bound = CivilDate.parseInstant(Filters.last(values)) else {
                throw .argument("\(name) is not an ISO-8601 timestamp")
            }
            return { trait(firm, $0) > bound }
        }
    }

    /// Compares with the id of a record of another kind; `null` where Clio takes it.
    private mutating func reference(
        _ kind: Kind, _ name: String, to target: Identity, null: Bool,
        _ trait: @escaping @Sendable (Firm, Int) -> Int?
    ) {
        add(kind, name) { values, _, firm throws(QueryError) in
            let text = Filters.last(values)
            if null, text == "null" { return { trait(firm, $0) == nil } }
            guard let id = Int(text) else { throw .argument("\(name) must be an integer") }
            guard let wanted = target.index(id) else { return { _ in false } }
            return { trait(firm, $0) == wanted }
        }
    }

    /// One value of an enumeration; `list` allows several with commas between.
    private mutating func choice(
        _ kind: Kind, _ name: String, _ options: [String], list: Bool = false,
        _ matches: @escaping @Sendable (Firm, Int, Int) -> Bool
    ) {
        add(kind, name) { values, _, firm throws(QueryError) in
            var wanted: [Int] = []
            let texts = list ? values.flatMap { $0.split(separator: ",").map(String.init) } : [Filters.last(values)]
            for text in texts {
                guard let place = options.firstIndex(of: text) else {
                    throw .argument("\(text.prefix(40)) is not a value of \(name)")
                }
                wanted.append(place)
            }
            let any = wanted
            return { index in any.contains { matches(firm, index, $0) } }
        }
    }

    private mutating func day(
        _ kind: Kind, _ name: String, _ trait: @escaping @Sendable (Firm, Int) -> Int?,
        _ holds: @escaping @Sendable (Int, Int) -> Bool
    ) {
        add(kind, name) { values, _, firm throws(QueryError) in
            guard let bound = CivilDate.parseInstant(Filters.last(values)).map({ $0 / 86_400 }) else {
                throw .argument("\(name) is not an ISO-8601 date")
            }
            return { trait(firm, $0).map { holds($0, bound) } ?? false }
        }
    }

    /// `NAME[]=>=2020-01-01`, several of which must all hold.
    private mutating func dateOperators(
        _ kind: Kind, _ name: String, _ trait: @escaping @Sendable (Firm, Int) -> Int?
    ) {
        for parameter in [name + "[]", name] {
            add(kind, parameter) { values, _, firm throws(QueryError) in
                var tests: [@Sendable (Int) -> Bool] = []
                for value in values {
                    let sign = value.prefix { "<>=".contains($0) }
                    guard let bound = CivilDate.parseDay(value.dropFirst(sign.count)) else {
                        throw .argument("\(parameter) must be an operator and a date")
                    }
                    switch sign {
                    case ">": tests.append { $0 > bound }
                    case ">=": tests.append { $0 >= bound }
                    case "=": tests.append { $0 == bound }
                    case "<=": tests.append { $0 <= bound }
                    case "<": tests.append { $0 < bound }
                    default: throw .argument("\(parameter) must begin with >, >=, =, <= or <")
                    }
                }
                let all = tests
                return { index in trait(firm, index).map { day in all.allSatisfy { $0(day) } } ?? false }
            }
        }
    }

    private static func places(_ values: [String], _ kind: Kind, _ name: String) throws(QueryError) -> Set<Int> {
        var places = Set<Int>()
        for value in values.flatMap({ $0.split(separator: ",") }) {
            guard let id = Int(value) else { throw .argument("\(name) must be integers") }
            if let place = kind.identity.index(id) { places.insert(place) }
        }
        return places
    }

    // MARK: Lists

    private mutating func addCommon(_ kind: Kind) {
        guard kind.takesSince else { return }
        since(kind, "created_since") { firm, i in firm.created(kind, i) }
        since(kind, "updated_since") { firm, i in firm.updated(kind, i) }
        add(kind, "ids[]") { values, _, _ throws(QueryError) in
            let wanted = try Filters.places(values, kind, "ids[]")
            return { wanted.contains($0) }
        }
    }

    private mutating func addMatters() {
        choice(.matters, "status", ["pending", "open", "closed"], list: true) { firm, i, status in
            firm.matterStatus(i) == status
        }
        dateOperators(.matters, "open_date") { firm, i in firm.matterOpen(i) }
        dateOperators(.matters, "close_date") { firm, i in firm.matterClose(i) }
        dateOperators(.matters, "pending_date") { firm, i in firm.matterPending(i) }
        reference(.matters, "practice_area_id", to: Kind.practiceAreas.identity, null: false) { $0.matterArea($1) }
        let users = Kind.users.identity
        reference(.matters, "responsible_attorney_id", to: users, null: true) { $0.matterAttorney($1) }
        reference(.matters, "responsible_staff_id", to: users, null: true) { $0.matterStaff($1) }
        reference(.matters, "originating_attorney_id", to: users, null: true) { $0.matterOriginator($1) }
        reference(.matters, "client_id", to: Kind.contacts.identity, null: false) { $0.matterClient($1) }
        reference(.matters, "group_id", to: Identity(thing: "Group"), null: false) { $0.matterGroup($1) }
    }

    private mutating func addContacts() {
        choice(.contacts, "type", ["Person", "Company"]) { firm, i, type in firm.contactIsCompany(i) == (type == 1) }
        add(.contacts, "client_only") { values, _, firm throws(QueryError) in
            let text = Filters.last(values)
            guard ["true", "1", "false", "0"].contains(text) else {
                throw .argument("client_only must be true or false")
            }
            let only = text == "true" || text == "1"
            return { !only || firm.contactIsClient($0) }
        }
        choice(.contacts, "initial", (0x41...0x5A).map { String(UnicodeScalar(UInt8($0))) }) { firm, i, letter in
            firm.contactInitial(i) == 0x41 + UInt8(letter)
        }
        add(.contacts, "exclude_ids[]") { values, _, _ throws(QueryError) in
            let unwanted = try Filters.places(values, .contacts, "exclude_ids[]")
            return { !unwanted.contains($0) }
        }
    }

    private mutating func addEntries() {
        bound("from") { firm, i, bound in firm.entryEnd(i) >= bound }
        bound("to") { firm, i, bound in firm.entryStart(i) <= bound }
        reference(.calendarEntries, "calendar_id", to: Writers.calendar, null: false) { $0.entryOwner($1) }
        reference(.calendarEntries, "matter_id", to: Kind.matters.identity, null: true) { $0.entryMatter($1) }
        boolean(.calendarEntries, "is_all_day") { $0.entryAllDay($1) }
    }

    /// One end of the time that an entry overlaps.
    private mutating func bound(_ name: String, _ holds: @escaping @Sendable (Firm, Int, Int) -> Bool) {
        add(.calendarEntries, name) { values, _, firm throws(QueryError) in
            guard let bound = CivilDate.parseInstant(Filters.last(values)) else {
                throw .argument("\(name) is not an ISO-8601 timestamp")
            }
            return { holds(firm, $0, bound) }
        }
    }

    private mutating func addTasks() {
        boolean(.tasks, "complete") { $0.taskStatus($1) == 3 }
        let statuses = ["pending", "in_progress", "in_review", "complete", "draft"]
        choice(.tasks, "status", statuses) { firm, i, status in firm.taskStatus(i) == status }
        choice(.tasks, "statuses[]", statuses, list: true) { firm, i, status in firm.taskStatus(i) == status }
        choice(.tasks, "priority", ["high", "normal", "low"]) { firm, i, priority in firm.taskPriority(i) == priority }
        day(.tasks, "due_at_from", { $0.taskDue($1) }, { $0 >= $1 })
        day(.tasks, "due_at_to", { $0.taskDue($1) }, { $0 <= $1 })
        boolean(.tasks, "due_at_present") { $0.taskDue($1) != nil }
        reference(.tasks, "matter_id", to: Kind.matters.identity, null: true) { $0.taskMatter($1) }
        add(.tasks, "assignee_id") { values, query, firm throws(QueryError) in
            if Filters.last(values) == "null" { return { firm.taskAssignee($0) == nil } }
            guard let type = query["assignee_type"], type == "user" || type == "contact" else {
                throw .argument("assignee_type must be user or contact when assignee_id is given")
            }
            guard let id = Int(Filters.last(values)) else { throw .argument("assignee_id must be an integer") }
            let kind = type == "user" ? Kind.users : Kind.contacts
            guard let place = kind.identity.index(id) else { return { _ in false } }
            return { firm.taskAssignee($0) == place * 2 + (kind == .users ? 0 : 1) }
        }
    }

    private mutating func addDocuments() {
        reference(.documents, "matter_id", to: Kind.matters.identity, null: true) { $0.documentMatter($1) }
        reference(.documents, "contact_id", to: Kind.contacts.identity, null: true) { $0.documentContact($1) }
    }

    private mutating func addActivities() {
        choice(.activities, "type", ["TimeEntry", "ExpenseEntry", "HardCostEntry", "SoftCostEntry"]) { firm, i, type in
            firm.activityType(i) == type
        }
        day(.activities, "start_date", { $0.activityDate($1) }, { $0 >= $1 })
        day(.activities, "end_date", { $0.activityDate($1) }, { $0 <= $1 })
        reference(.activities, "user_id", to: Kind.users.identity, null: true) { $0.activityUser($1) }
        reference(.activities, "matter_id", to: Kind.matters.identity, null: true) { $0.activityMatter($1) }
        let statuses = ["unbilled", "draft", "billed", "written_off", "non_billable", "billable"]
        choice(.activities, "status", statuses) { firm, i, status in
            switch status {
            case 4: firm.activityNonBillable(i)
            case 5: !firm.activityNonBillable(i)
            default: !firm.activityNonBillable(i) && firm.activityBilling(i) == status
            }
        }
        boolean(.users, "enabled") { $0.userEnabled($1) }
    }
}
