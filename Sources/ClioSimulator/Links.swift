/// Knows where the associations of a record lead: to places of other records, so that a nested client is the same client
/// that the contacts list shows.
struct Links: Sendable {
    /// The place of the one record that an association leads to, or nil.
    typealias One = @Sendable (Firm, Int) -> Int?
    /// The places of the records of a list association.
    typealias Many = @Sendable (Firm, Int) -> [Int]

    private(set) var ones: [String: One] = [:]
    private var manies: [String: Many] = [:]

    /// What a polymorphic subject may be, by its code.
    static let subjects: [Kind] = [.matters, .contacts, .tasks, .calendarEntries, .documents, .users]
    /// What any polymorphic object may be, by its code.
    static let objects: [Kind] = subjects + [.creditMemos]

    init() {
        addMatters()
        addContacts()
        addEntries()
        addActivities()
        addNames()
        addLedgers()
    }

    /// Records that belong to one record of a kind take their places from its place: 2^40 apart by kind, 32 for each.
    static func child(_ kind: Kind, _ parent: Int, _ position: Int) -> Int {
        (kind.rawValue << 40) + parent * 32 + position
    }

    static func parent(_ index: Int) -> (index: Int, position: Int) {
        ((index & 0xFF_FFFF_FFFF) >> 5, index & 31)
    }

    /// The place of the one record that belongs to a record of a kind.
    static func sole(_ kind: Kind, _ parent: Int) -> Int {
        (kind.rawValue << 40) + parent
    }

    static func own(_ index: Int) -> Int {
        index & 0xFF_FFFF_FFFF
    }

    func one(_ field: Catalog.Field, of schema: String, target: String) -> One {
        let thing = Catalog.thing(schema)
        if let own = ones[thing + "." + field.name] { return own }
        let salt = fingerprint(thing + ">" + field.name)
        if let kind = Kind.of(thing: Catalog.thing(target)) {
            return { firm, i in
                let draw = firm.draw(salt: salt, i)
                return draw.inThousand(500) || firm.count(kind) == 0 ? nil : draw.below(firm.count(kind))
            }
        }
        if Catalog.thing(target) == "Currency" {
            return { firm, i in firm.draw(salt: salt, i).inThousand(900) ? 0 : 1 }
        }
        let source = Kind.of(thing: thing)
        return { firm, i in
            guard firm.draw(salt: salt, i).inThousand(400) else { return nil }
            return source.map { Links.sole($0, i) } ?? Links.own(i)
        }
    }

    func many(_ field: Catalog.Field, of schema: String, target: String) -> Many {
        let thing = Catalog.thing(schema)
        if let own = manies[thing + "." + field.name] { return own }
        let salt = fingerprint(thing + ">" + field.name)
        if let kind = Kind.of(thing: Catalog.thing(target)) {
            return { firm, i in
                let draw = firm.draw(salt: salt, i)
                guard draw.inThousand(250), firm.count(kind) > 0 else { return [] }
                return draw & 1 == 0
                    ? [draw.below(firm.count(kind))]
                    : [draw.below(firm.count(kind)), draw.again().below(firm.count(kind))]
            }
        }
        let source = Kind.of(thing: thing)
        return { firm, i in
            let draw = firm.draw(salt: salt, i)
            guard draw.inThousand(400) else { return [] }
            return (0...draw.again().below(3)).map { position in
                source.map { Links.child($0, i, position) } ?? Links.own(i) * 32 + position
            }
        }
    }

    mutating func one(_ name: String, _ link: @escaping One) {
        ones[name] = link
    }

    mutating func many(_ name: String, _ link: @escaping Many) {
        manies[name] = link
    }

    /// One of a small pool that the whole firm shares.
    mutating func pool(_ name: String, of size: Int, inThousand: Int) {
        let salt = fingerprint(name)
        ones[name] = { firm, i in
            let draw = firm.draw(salt: salt, i)
            return draw.inThousand(inThousand) ? draw.again().below(size) : nil
        }
    }

    /// One of its own.
    mutating func sole(_ name: String, _ kind: Kind, inThousand: Int) {
        let salt = fingerprint(name)
        ones[name] = { firm, i in firm.draw(salt: salt, i).inThousand(inThousand) ? Links.sole(kind, i) : nil }
    }

    private mutating func addMatters() {
        one("Matter.client") { firm, i in firm.matterClient(i) }
        one("Matter.currency") { firm, i in firm.draw(.matterCurrency, i).below(100) > 90 ? 1 : 0 }
        one("Matter.practice_area") { firm, i in firm.matterArea(i) }
        one("Matter.responsible_attorney") { firm, i in firm.matterAttorney(i) }
        one("Matter.responsible_staff") { firm, i in firm.matterStaff(i) }
        one("Matter.originating_attorney") { firm, i in firm.matterOriginator(i) }
        one("Matter.user") { firm, i in firm.matterUser(i) }
        one("Matter.group") { firm, i in firm.matterGroup(i) }
        pool("Matter.matter_stage", of: 12, inThousand: 700)
        sole("Matter.contingency_fee", .matters, inThousand: 150)
        sole("Matter.folder", .matters, inThousand: 1_000)
        sole("Matter.evergreen_retainer", .matters, inThousand: 100)
        sole("Matter.legal_aid_uk_matter", .matters, inThousand: 20)
        one("Matter.statute_of_limitations") { firm, i in
            let draw = firm.draw(.matterLimitation, i)
            return draw.inThousand(150) && firm.count(.tasks) > 0 ? draw.below(firm.count(.tasks)) : nil
        }
        many("Matter.custom_field_values") { firm, i in
            (0..<firm.draw(.customValue, i).below(Firm.customFields + 1)).map { Links.child(.matters, i, $0) }
        }
        one("MatterBillRecipient.recipient") { firm, i in
            firm.count(.contacts) == 0 ? nil : firm.draw(.matterClient, i).below(firm.count(.contacts))
        }
        one("CustomFieldValue.custom_field") { _, i in
            Links.parent(i).position + (i >> 40 == Kind.contacts.rawValue ? Firm.customFields : 0)
        }
        one("CustomFieldValue.picklist_option") { firm, i in
            Links.parent(i).position % 8 == 4 && !firm.customUnset(i) ? firm.draw(.customValue, i).below(6) : nil
        }
        one("CustomFieldValue.matter") { _, _ in nil }
        one("CustomFieldValue.contact") { _, _ in nil }
    }

    private mutating func addContacts() {
        many("Contact.custom_field_values") { firm, i in
            (0..<firm.draw(.customValue, i).again().below(6)).map { Links.child(.contacts, i, $0) }
        }
        many("Contact.email_addresses") { firm, i in (0..<firm.contactMails(i)).map { Links.child(.contacts, i, $0) } }
        many("Contact.phone_numbers") { firm, i in (0..<firm.contactPhones(i)).map { Links.child(.contacts, i, $0) } }
        many("Contact.addresses") { firm, i in (0..<firm.contactAddresses(i)).map { Links.child(.contacts, i, $0) } }
        for (position, name) in ["primary_address", "secondary_address"].enumerated() {
            one("Contact." + name) { firm, i in
                position < firm.contactAddresses(i) ? Links.child(.contacts, i, position) : nil
            }
        }
        one("Contact.primary_work_address") { firm, i in
            firm.contactAddresses(i) == 2 ? Links.child(.contacts, i, 1) : nil
        }
        one("Contact.company") { firm, i in
            if firm.contactIsCompany(i) || firm.count(.contacts) == 0 { return nil }
            let draw = firm.draw(.contactCompany, i)
            let other = draw.below(firm.count(.contacts))
            return draw.inThousand(600) && firm.contactIsCompany(other) ? other : nil
        }
        sole("Contact.legal_aid_uk_contact", .contacts, inThousand: 20)
        pool("User.account", of: 1, inThousand: 1_000)
        pool("User.job_title", of: 6, inThousand: 700)
        pool("User.default_activity_description", of: 15, inThousand: 300)
        many("User.groups") { firm, i in [i % firm.groups] }
    }

    private mutating func addEntries() {
        one("CalendarEntry.matter") { firm, i in firm.entryMatter(i) }
        one("CalendarEntry.calendar_owner") { firm, i in firm.entryOwner(i) }
        many("CalendarEntry.calendars") { firm, i in [firm.entryOwner(i)] }
        one("CalendarEntry.parent_calendar_entry") { firm, i in firm.entryParent(i) }
        pool("CalendarEntry.calendar_entry_event_type", of: 10, inThousand: 600)
        sole("CalendarEntry.matter_docket", .calendarEntries, inThousand: 50)
        sole("CalendarEntry.conference_meeting", .calendarEntries, inThousand: 100)
        many("CalendarEntry.attendees") { firm, i in
            let draw = firm.draw(.entryAttendees, i)
            let contacts = firm.count(.contacts) == 0 ? 0 : draw.below(4)
            return [firm.entryOwner(i) * 2 + 1]
                + (0..<contacts).map { draw.again(UInt64($0) + 1).below(firm.count(.contacts)) * 2 }
        }
        one("Task.matter") { firm, i in firm.taskMatter(i) }
        one("Task.assigner") { firm, i in firm.taskAssigner(i) }
        one("Task.assignee") { firm, i in firm.taskAssignee(i) }
        pool("Task.task_type", of: 6, inThousand: 500)
        one("Document.matter") { firm, i in firm.documentMatter(i) }
        one("Document.contact") { firm, i in firm.documentContact(i) }
        one("Document.parent") { firm, i in firm.documentMatter(i).map { Links.sole(.matters, $0) } }
        one("Document.creator") { firm, i in firm.draw(.documentCreator, i).below(firm.count(.users)) }
        one("Document.latest_document_version") { firm, i in
            firm.documentState(i) == 2 ? nil : Links.sole(.documents, i)
        }
        pool("Document.document_category", of: 8, inThousand: 600)
    }

    private mutating func addActivities() {
        one("Activity.matter") { firm, i in firm.activityMatter(i) }
        one("Activity.user") { firm, i in firm.activityUser(i) }
        one("Activity.currency") { _, _ in 0 }
        pool("Activity.activity_description", of: 15, inThousand: 700)
        one("Activity.expense_category") { firm, i in
            firm.activityType(i) == 0 ? nil : firm.draw(.activityOrigin, i).below(10)
        }
        one("Activity.utbms_expense") { firm, i in
            firm.activityType(i) == 0 ? nil : firm.draw(.activityOrigin, i).again().below(20)
        }
        one("Activity.bill") { firm, i in firm.activityBill(i) }
        one("Activity.vendor") { firm, i in
            firm.activityType(i) == 2 && firm.count(.contacts) > 0
                ? firm.draw(.activityOrigin, i).below(firm.count(.contacts)) : nil
        }
        let filed = fingerprint("Activity.document_version")
        one("Activity.document_version") { firm, i in
            let draw = firm.draw(salt: filed, i)
            guard draw.inThousand(30), firm.count(.documents) > 0 else { return nil }
            let document = draw.again().below(firm.count(.documents))
            // What is in the trash is in no list.
            return firm.documentState(document) == 0 ? Links.sole(.documents, document) : nil
        }
        for (name, kind) in [("calendar_entry", Kind.calendarEntries), ("task", Kind.tasks)] {
            let salt = fingerprint("Activity." + name)
            one("Activity." + name) { firm, i in
                let draw = firm.draw(salt: salt, i)
                return draw.inThousand(80) && firm.count(kind) > 0 ? draw.below(firm.count(kind)) : nil
            }
        }
        one("Activity.subject") { firm, i in
            let draw = firm.draw(.activitySubject, i)
            let code = draw.below(Links.subjects.count)
            guard draw.inThousand(300), firm.count(Links.subjects[code]) > 0 else { return nil }
            let place = draw.again().below(firm.count(Links.subjects[code]))
            if Links.subjects[code] == .documents, firm.documentState(place) != 0 { return nil }
            return place << 3 | code
        }
        let rare = ["client_portal", "timer", "text_message_conversation", "legal_aid_uk_activity"]
        for name in rare { sole("Activity." + name, .activities, inThousand: 30) }
    }
}
