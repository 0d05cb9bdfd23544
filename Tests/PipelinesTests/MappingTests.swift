import Foundation
import Pipelines
import Testing

/// The shipped files against Clio's own list of fields: nothing is forgotten, nothing healthy is flagged.
@Suite struct MappingTests {
    /// Records with a life of their own: a row that refers to one needs its id, not a copy of it. Also small objects that
    /// are kept whole as JSON, and copies of a row of a child table.
    private static let recordsOfTheirOwn: Set<String> = [
        "Activity_base", "ActivityDescription_base", "Activity_CalendarEntry_base", "Activity_Task_base",
        "Activity_TextMessageConversation_base", "Address_base", "Avatar_base", "Bill_base",
        "CalendarEntryEventType_base",
        "Calendar_base", "ClientPortal_base", "ClioCreator_base", "Communication_base", "Contact_base", "Currency_base",
        "DocumentCategory_base", "DocumentVersion_base", "ExpenseCategory_base", "Folder_base", "Group_base",
        "LegalAidUkActivity_base", "LegalAidUkContact_base", "LegalAidUkMatter_base", "LinkedFolder_base",
        "Matter_base",
        "MatterStage_base", "Note_base", "Participant", "PracticeArea_base", "Task_base", "TaskType_base", "User_base",
        "UtbmsCode_base", "WebSite_base",
    ]

    /// Content and secrets: never asked for.
    static let withheld: Set<String> = [
        "calendar_entries.conference_meeting.conference_password", "calendar_entries.conference_meeting.join_url",
        "contacts.avatar.url", "calendar_entries.time_entries.note",
        "tasks.time_entries.note", "documents.latest_document_version.put_url",
        "documents.latest_document_version.put_headers", "documents.latest_document_version.multiparts",
        "activities.communication.body", "activities.matter_note.detail", "activities.matter_note.detail_text_type",
        "activities.contact_note.detail", "activities.contact_note.detail_text_type",
        "activities.document_version.put_url",
        "folders.latest_document_version.put_url", "notes.detail", "notes.detail_text_type", "notes.time_entries.note",
        "communications.body", "communications.time_entries.note", "bills.bill_theme.config", "bills.discount.note",
        "line_items.activity.note", "line_items.discount.note", "bank_accounts.clio_payment_page_link",
        "bank_accounts.clio_payment_page_qr_code",
    ]
    /// The same of an account wherever it is nested.
    private static let withheldOfAccounts: Set<String> = ["clio_payment_page_link", "clio_payment_page_qr_code"]

    private static func isWithheld(_ endpoint: String, _ path: String) -> Bool {
        withheld.contains("\(endpoint).\(path)")
            || withheldOfAccounts.contains(path.split(separator: ".").last.map(String.init) ?? "")
    }

    /// Asked for, so that it is in the staged files, and left out of the tables on purpose.
    private static let unmapped: Set<String> = [
        // The same value as client.id, parent_calendar_entry_id, calendar_owner_id and the document's own id.
        "matters.client_id", "calendar_entries.parent_calendar_entry", "calendar_entries.calendar_owner.id",
        "documents.latest_document_version.document_id", "tasks.assignee.avatar",
    ]

    /// Labels and colours that people choose; the spec's list is no promise.
    private static func isFreeLabel(_ path: [String]) -> Bool {
        let lists = ["addresses", "phone_numbers", "instant_messengers", "web_sites"]
        let objects = ["primary_address", "secondary_address", "primary_work_address", "primary_web_site"]
        let isLabel = path.count > 1 && (lists + objects).contains(path[0]) && path[1] == "name"
        return isLabel || path.last?.hasSuffix("color") == true
    }

    @Test("Every field and association of Clio is asked for but content and secrets, and no other")
    func fields() throws {
        let catalog = try Repository.catalog()
        let clio = try ClioFields.all()
        #expect(Set(catalog.entities.map(\.endpoint)) == Set(clio.keys))
        for entity in catalog.entities {
            let known = try #require(clio[entity.endpoint])
            let expected =
                known.fields.filter { !Self.isWithheld(entity.endpoint, $0) }
                + known.associations.map { name, association in
                    let inner = (association.fields + association.second_level).filter {
                        !Self.isWithheld(entity.endpoint, "\(name).\($0)")
                    }
                    return "\(name){\(inner.sorted().joined(separator: ","))}"
                }
            let asked = entity.fields.map { field -> String in
                guard let open = field.firstIndex(of: "{") else { return field }
                let inner = field[field.index(after: open)...].dropLast().split(separator: ",").sorted()
                return "\(field[..<open]){\(inner.joined(separator: ","))}"
            }
            #expect(Set(asked) == Set(expected), "\(entity.phase).\(entity.name)")
        }
    }

    /// Of the other phases `RequestedFieldTests` wants a column or a reason.
    @Test("Every field that is asked for has a column")
    func columns() throws {
        let clio = try ClioFields.all()
        for entity in try Repository.catalog().defaultPhases.flatMap(\.entities) {
            let known = try #require(clio[entity.endpoint])
            let paths = Set(
                entity.table.columns.map { $0.path.joined(separator: ".") }
                    + entity.table.columns.map { $0.path.prefix(2).joined(separator: ".") })
            func expectMapped(_ path: String, _ isMapped: Bool) {
                #expect(isMapped != Self.unmapped.contains("\(entity.endpoint).\(path)"), "\(entity.name): \(path)")
            }
            for field in known.fields { expectMapped(field, paths.contains(field)) }
            for (name, association) in known.associations {
                let isOwn = Self.recordsOfTheirOwn.contains(association.schema)
                // An etag only serves to fetch the record again.
                let fields = (association.fields + association.second_level).filter {
                    $0 != "etag" && !Self.withheld.contains("\(entity.endpoint).\(name).\($0)")
                }
                if association.kind == "array" {
                    let child = try #require(
                        entity.table.children.first { $0.path == [name] }, "\(entity.name): \(name)")
                    let inner = Set(child.columns.compactMap(\.path.first))
                    let isCopy = ["Activity_base", "Contact_base"].contains(association.schema)
                    for field in isCopy ? ["id"] : fields { expectMapped("\(name).\(field)", inner.contains(field)) }
                } else if Self.unmapped.contains("\(entity.endpoint).\(name)") {
                    #expect(!paths.contains { $0.hasPrefix("\(name).") })
                } else if isOwn {
                    expectMapped("\(name).id", paths.contains("\(name).id"))
                } else {
                    for field in fields { expectMapped("\(name).\(field)", paths.contains("\(name).\(field)")) }
                }
            }
        }
    }

    @Test("Allowed values are Clio's own")
    func allowed() throws {
        let clio = try ClioFields.all()
        for entity in try Repository.catalog().entities {
            let known = try #require(clio[entity.endpoint])
            func check(_ column: Column, _ path: [String]) {
                let own = path.count == 1 ? known.enums[path[0]] : known.associations[path[0]]?.enums[path[1]]
                var expected = own ?? []
                if Self.isFreeLabel(path) { expected = [] }
                if entity.endpoint == "activities", path == ["type"] {
                    let kinds = ["ExpenseEntry", "HardCostEntry", "SoftCostEntry"]
                    expected = entity.table.name == "time_entries" ? ["TimeEntry"] : kinds
                }
                #expect(Set(column.allowed) == Set(expected), "\(entity.name): \(path)")
            }
            for column in entity.table.columns { check(column, column.path) }
            for child in entity.table.children {
                for column in child.columns { check(column, child.path + column.path) }
            }
        }
    }

    @Test("Clio promises no value: only the key is required to load a record")
    func nothingHealthyIsFlagged() throws {
        var warned: Set<String> = []
        for table in try Repository.catalog().tables {
            for column in table.columns {
                if column.required, column.name != "id" {
                    #expect(column.severity == .warn)
                    warned.insert("\(table.name).\(column.name)")
                }
                let mayReject = column.name == "id" || (table.name == "time_entries" && column.name == "type")
                #expect(column.severity != .reject || mayReject, "\(table.name).\(column.name)")
            }
            #expect(table.children.allSatisfy { $0.columns.allSatisfy { !$0.required && $0.severity != .reject } })
            #expect(table.rules.allSatisfy { $0.severity == .warn })
        }
        // Without these people cannot find or use the record.
        #expect(
            warned == [
                "users.name", "practice_areas.name", "matters.display_number", "contacts.name",
                "calendar_entries.start_at", "tasks.name", "documents.name", "time_entries.date", "custom_fields.name",
                "custom_field_sets.name", "matter_stages.name", "calendars.name", "document_categories.name",
                "bills.number", "bills.state", "bills.total", "line_items.date", "line_items.total", "allocations.date",
                "allocations.amount", "credit_memos.date",
                "credit_memos.amount", "trust_line_items.date", "trust_line_items.total",
                "outstanding_client_balances.total_outstanding_balance",
                "line_items.bill_id", "bank_transactions.date", "bank_transactions.amount", "folders.name",
                "communications.type", "communications.date", "relationships.matter_id", "relationships.contact_id",
                "activity_descriptions.name", "task_types.name", "groups.name", "bank_accounts.name",
                "expense_entries.date",
            ])
    }

    @Test("Ids of calendar entries are text wherever they stand")
    func calendarIds() throws {
        let tables = try Repository.catalog().tables
        func type(_ table: String, _ column: String) -> ColumnType? {
            tables.first { $0.name == table }?.column(named: column)?.type
        }
        #expect(type("calendar_entries", "id") == .text)
        #expect(type("time_entries", "calendar_entry_id") == .text)
        // JSON keeps a number and a text alike as TEXT: Clio documents a number here and a text for the id itself.
        #expect(type("calendar_entries", "parent_calendar_entry_id") == .json)
    }

    private enum Rule {
        case type(ColumnType)
        case allowed
        case pattern
        case notNegative
        case required
    }

    @Test("The defects that real accounts have are caught")
    func defects() throws {
        let tables = try Repository.catalog().tables
        let defects: [(table: String, path: String, rule: Rule)] = [
            ("matters", "open_date", .type(.date)), ("matters", "status", .allowed),
            ("matters", "client.id", .type(.integer)),
            ("matters", "currency.code", .pattern), ("contacts", "type", .allowed),
            ("contacts", "date_of_birth", .type(.date)),
            ("contacts", "is_client", .type(.boolean)), ("calendar_entries", "start_at", .type(.timestamp)),
            ("tasks", "status", .allowed), ("tasks", "priority", .allowed), ("tasks", "due_at", .type(.date)),
            ("tasks", "time_estimated", .notNegative), ("documents", "size", .notNegative),
            ("documents", "size", .type(.integer)),
            ("documents", "created_at", .type(.timestamp)), ("time_entries", "quantity", .notNegative),
            ("time_entries", "rounded_quantity", .notNegative), ("time_entries", "quantity_in_hours", .notNegative),
            ("time_entries", "price", .type(.decimal)), ("time_entries", "date", .required),
            ("time_entries", "type", .allowed),
        ]
        for defect in defects {
            let table = try #require(tables.first { $0.name == defect.table })
            let column = try #require(table.columns.first { $0.path.joined(separator: ".") == defect.path })
            switch defect.rule {
            case .type(let type): #expect(column.type == type, "\(defect)")
            case .allowed: #expect(!column.allowed.isEmpty, "\(defect)")
            case .pattern: #expect(column.pattern == "^[A-Z]{3}$", "\(defect)")
            case .notNegative: #expect(column.range == ValueRange(minimum: "0", maximum: nil), "\(defect)")
            case .required: #expect(column.required, "\(defect)")
            }
        }
        let numbers = tables.flatMap(\.children).first { $0.name == "contact_phone_numbers" }
        #expect(numbers?.columns.first { $0.name == "number" }?.type == .text)
        #expect(
            tables.flatMap(\.rules).map(\.text)
                == ["close_date >= open_date", "end_at >= start_at", "due_at >= issued_at"])
        // Every plain date has bounds.
        #expect(tables.flatMap(\.columns).allSatisfy { $0.type != .date || $0.range != nil })
    }
}
