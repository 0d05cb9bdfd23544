import Foundation
import Pipelines
import Testing

/// The shipped files against Clio's schemas: what leads to a kind that is loaded is a declared reference, and no nested list
/// loses the ids of what it links.
@Suite struct ReferenceTests {
    /// The schemas of the kinds that are loaded, and their tables.
    private static let kinds = [
        "Contact_base": "contacts", "Matter_base": "matters", "User_base": "users", "Task_base": "tasks",
        "Activity_Task_base": "tasks", "CalendarEntry_base": "calendar_entries",
        "Activity_CalendarEntry_base": "calendar_entries", "PracticeArea_base": "practice_areas",
    ]
    /// Kinds of which the schema holds more than one: the id may be that of another kind.
    private static let mixed: Set<String> = [
        // Users and contacts; users of the firm and of clients; any kind; contacts and calendars; time and expense entries.
        "Participant", "ClioCreator_base", "PolymorphicObject_base", "Attendee_base", "Activity_base",
    ]
    /// Names of associations inside nested records, and of scalar ids, for the table that they lead to.
    private static let names = [
        "matter": "matters", "contact": "contacts", "recipient": "contacts", "client": "contacts",
        "company": "contacts",
        "co_counsel_contact": "contacts", "user": "users", "task": "tasks", "document": "documents",
        "calendar_entry": "calendar_entries", "parent_calendar_entry": "calendar_entries",
        "practice_area": "practice_areas",
    ]
    /// Ids of these names that lead elsewhere, or stand in the row under another name.
    private static let exempt: [String: String] = [
        "matters.client_id": "the same as client.id",
        "matters.matter_stage.practice_area_id": "of the stage, which is a record of its own",
        "calendar_entries.parent_calendar_entry.id": "the same as parent_calendar_entry_id",
        "calendar_entries.parent_calendar_entry.parent_calendar_entry_id": "of a record of its own",
        "calendar_entries.matter.client_id": "of a record of its own",
        "tasks.matter.client_id": "of a record of its own",
        "documents.matter.client_id": "of a record of its own",
        "documents.latest_document_version.document_id": "the row's own id",
        "activities.matter.client_id": "of a record of its own",
    ]

    /// What leads to a loaded kind, by its path: the table.
    private static func links(_ known: ClioFields) -> [String: String] {
        var links: [String: String] = [:]
        func scalar(_ path: String, _ name: String) {
            if name.hasSuffix("_id"), let table = names[String(name.dropLast(3))] { links[path] = table }
        }
        for field in known.fields { scalar(field, field) }
        for (name, association) in known.associations {
            if let table = kinds[association.schema] { links["\(name).id"] = table }
            for field in association.fields { scalar("\(name).\(field)", field) }
            for inner in association.second_level {
                if let table = names[inner] { links["\(name).\(inner).id"] = table }
            }
        }
        return links
    }

    private static func columns(_ table: Table) -> [String: Column] {
        let lists = [([String](), table.columns)] + table.children.map { ($0.path, $0.columns) }
        let all = lists.flatMap { prefix, columns in columns.map { ((prefix + $0.path).joined(separator: "."), $0) } }
        return Dictionary(all) { first, _ in first }
    }

    @Test func everyAssociationToALoadedKindIsADeclaredReference() throws {
        let clio = try ClioFields.all()
        let catalog = try Repository.catalog()
        var found = 0
        for entity in catalog.entities {
            let columns = Self.columns(entity.table)
            let isDefault = catalog.phase(named: entity.phase)?.isDefault == true
            for (path, table) in Self.links(try #require(clio[entity.endpoint])) {
                // In the other phases copies keep no ids of what they refer to.
                guard isDefault || path.hasSuffix(".id") && path.count(where: { $0 == "." }) == 1 else { continue }
                guard Self.exempt["\(entity.endpoint).\(path)"] == nil else { continue }
                #expect(columns[path]?.references == table, "\(entity.phase).\(entity.name): \(path)")
                found += 1
            }
        }
        #expect(found > 30)
        // An exemption for what is a column after all would hide a later fault.
        for path in Self.exempt.keys {
            let parts = path.split(separator: ".", maxSplits: 1).map(String.init)
            for entity in catalog.entities where entity.endpoint == parts[0] {
                #expect(Self.columns(entity.table)[parts[1]] == nil, "\(path)")
            }
        }
    }

    /// An id of a kind that has a list of its own, or rows in the list of another record, names the table.
    @Test func noIdOfALoadedKindIsWithoutItsTable() throws {
        let clio = try ClioFields.all()
        let entities = try Repository.catalog().entities
        var lists: Set<String> = []
        var elements: Set<String> = []
        for entity in entities {
            lists.insert(Self.singular(entity.endpoint))
            let known = try #require(clio[entity.endpoint])
            for child in entity.table.children where child.columns.contains(where: { $0.path == ["id"] }) {
                let schema = known.associations[child.path.joined(separator: ".")]?.schema
                if let schema { elements.insert(Self.kind(schema: schema)) }
            }
        }
        elements.subtract(lists)
        var exempt = Set(Self.idsOfOthers.keys)
        for entity in entities {
            for (path, column) in Self.columns(entity.table) where path != "id" {
                let keys = path.split(separator: ".").map(String.init)
                guard let last = keys.last, last == "id" || last.hasSuffix("_id") else { continue }
                let association = clio[entity.endpoint]?.associations[keys[0]]
                let isKey = last == "id" && keys.count == 2 && association != nil
                let name =
                    last != "id"
                    ? String(last.dropLast(3))
                    : isKey ? Self.kind(schema: association?.schema ?? "") : keys[keys.count - 2]
                // The id of an element in its own list is no reference.
                let isOwn = keys.count == 2 && association?.kind == "array"
                let kinds = isOwn ? lists : lists.union(elements)
                let place = "\(entity.endpoint).\(path)"
                guard
                    name == "creator" || Self.names[name] != nil
                        || kinds.contains(where: { name == $0 || !isKey && name.hasSuffix("_" + $0) })
                else { continue }
                if exempt.remove(place) != nil || Self.idsOfOthers[place] != nil {
                    #expect(!column.isReference, "\(place)")
                } else {
                    #expect(column.isReference, "\(entity.phase).\(entity.name): \(path) is the id of a \(name)")
                }
            }
        }
        #expect(exempt == [])
    }

    /// Ids that sound like those of a loaded kind, and why they name no table.
    private static let idsOfOthers = [
        "contacts.client_connect_user_id": "a user of the portal for clients",
        "contacts.primary_address.id": "an element of the record's own list",
        "contacts.secondary_address.id": "the same",
        "contacts.primary_work_address.id": "the same", "contacts.primary_web_site.id": "the same",
        "documents.latest_document_version.creator.id": "a user of the firm or of a client; Clio says here no type",
        "activities.activity_description.utbms_task_id": "a code",
        "activities.activity_description.utbms_activity_id": "a code",
        "contacts.co_counsel_rate.id": "an element of the record's own list",
    ]

    /// `entry` for `entries`.
    private static func singular(_ endpoint: String) -> String {
        endpoint.hasSuffix("ies") ? endpoint.dropLast(3) + "y" : String(endpoint.dropLast())
    }

    /// `calendar_entry` for `Activity_CalendarEntry_base`.
    private static func kind(schema: String) -> String {
        let name = schema.split(separator: "_").last { $0 != "base" } ?? ""
        var kind = ""
        for letter in name {
            if letter.isUppercase, !kind.isEmpty { kind += "_" }
            kind += letter.lowercased()
        }
        return kind
    }

    /// Core brings clients only: who need not be a client is looked for once all contacts are there.
    @Test func contactsWhoNeedNotBeClientsAreLookedForAmongAllContacts() throws {
        for table in try Repository.catalog().tables {
            for (path, column) in Self.columns(table) where column.references == "contacts" {
                let isClient = table.name == "matters" && path == "client.id"
                #expect(
                    column.referenceFeeder == (isClient ? nil : TableOwner(phase: "supporting", entity: "contacts")),
                    "\(table.name): \(path)")
            }
        }
    }

    @Test func everyNestedListKeepsTheIdsOfWhatItLinks() throws {
        let clio = try ClioFields.all()
        for entity in try Repository.catalog().entities {
            let columns = Self.columns(entity.table)
            for (name, association) in try #require(clio[entity.endpoint]).associations
            where association.kind == "array" {
                // A copy of a record that has a row of its own needs its id.
                let isCopy = association.schema == "Activity_base" || Self.kinds[association.schema] != nil
                var ids = association.fields.filter { $0 == "id" || $0.hasSuffix("_id") && !isCopy }
                if !isCopy { ids += association.second_level.map { "\($0).id" } }
                for id in ids where entity.fields.contains(where: { $0.hasPrefix("\(name){") }) {
                    let path = "\(name).\(id)"
                    guard !MappingTests.withheld.contains("\(entity.endpoint).\(path.replacing(".id", with: ""))")
                    else { continue }
                    #expect(columns[path] != nil, "\(entity.phase).\(entity.name): \(path)")
                }
            }
        }
    }

    /// Ids of mixed kinds are checked by their type, as far as the type says a kind that is loaded.
    @Test func kindsThatAreMixedAreDeclaredByTheirTypes() throws {
        let tables = [
            "User": "users", "ManageUser": "users", "Person": "contacts", "Company": "contacts", "Contact": "contacts",
            "Task": "tasks", "CalendarEntry": "calendar_entries", "Matter": "matters", "Document": "documents",
            "TimeEntry": "time_entries",
        ]
        let clio = try ClioFields.all()
        var found = 0
        for entity in try Repository.catalog().entities {
            let lists = [([String](), entity.table.columns)] + entity.table.children.map { ($0.path, $0.columns) }
            for (name, association) in try #require(clio[entity.endpoint]).associations
            where Self.mixed.contains(association.schema) {
                for (prefix, columns) in lists {
                    func at(_ path: String) -> Column? {
                        columns.first { (prefix + $0.path).joined(separator: ".") == "\(name).\(path)" }
                    }
                    guard let id = at("id") else { continue }
                    #expect(id.references == nil, "\(entity.name): \(name)")
                    guard let type = at("type") else { continue }
                    let typed = try #require(id.typedReference, "\(entity.name): \(name)")
                    #expect(typed.by == type.name)
                    let wanted = Dictionary(
                        type.allowed.compactMap { kind in tables[kind].map { (kind, $0) } }, uniquingKeysWith: { $1 })
                    #expect(!wanted.isEmpty)
                    let declared = Dictionary(
                        typed.targets.compactMap { target in target.table.map { (target.type, $0) } },
                        uniquingKeysWith: { $1 })
                    #expect(declared.filter { tables[$0.key] != nil } == wanted, "\(entity.name): \(name)")
                    found += 1
                }
            }
        }
        #expect(found == 18)
    }
}
