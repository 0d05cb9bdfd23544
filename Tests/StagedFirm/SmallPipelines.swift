/// Two small phases with lists that Clio has: enough of each kind of rule to flag, refer and count.
public enum SmallPipelines {
    /// Both phases.
    public static let all = [core, supporting]

    /// `core`: contacts, and matters that refer to them.
    public static let core = """
        format: 1
        phase: core
        title: Matters and contacts
        day: "1"
        features:
          matters: Matter list
        entities:
          contacts:
            title: Contacts
            priority: 1
            endpoint: contacts
            order: id(asc)
            since: {created: created_since, updated: updated_since}
            fields: [id, etag, name, created_at, updated_at, "phone_numbers{id, number}"]
            table:
              columns:
                id: {type: integer, required: true}
                name: {type: text, required: true}
                updated_at: timestamp
              children:
                contact_phones:
                  from: phone_numbers
                  parent: contact_id
                  columns:
                    id: integer
                    number: text
          matters:
            title: Matters
            priority: 1
            endpoint: matters
            order: id(asc)
            firm_size: [500, 2000, 10000]
            since: {created: created_since, updated: updated_since}
            fields: [id, etag, display_number, status, open_date, close_date, created_at, updated_at, "client{id}"]
            table:
              columns:
                id: {type: integer, required: true}
                display_number: {type: text, required: true, severity: warn}
                status: {type: text, allowed: [Open, Pending, Closed], severity: reject}
                open_date: date
                close_date: date
                updated_at: timestamp
                client_id: {from: client.id, type: integer, references: contacts}
              rules:
                closes_after_opening:
                  check: close_date >= open_date
                  severity: warn
                  message: A matter cannot be closed before it was opened

        """

    /// `supporting`: practice areas and users.
    public static let supporting = """
        format: 1
        phase: supporting
        title: Lists
        day: "2"
        features:
          areas: Practice areas
        entities:
          practice_areas:
            title: Practice areas
            priority: 1
            endpoint: practice_areas
            order: id(asc)
            since: {created: created_since, updated: updated_since}
            fields: [id, etag, name, created_at, updated_at]
            table:
              columns:
                id: {type: integer, required: true}
                name: text
                updated_at: timestamp
          users:
            title: Users
            priority: 1
            endpoint: users
            order: id(asc)
            since: {created: created_since, updated: updated_since}
            fields: [id, etag, name, enabled, created_at, updated_at]
            table:
              columns:
                id: {type: integer, required: true}
                name: text
                enabled: boolean
                updated_at: timestamp

        """
}

/// Lines of records as Clio sends them.
public enum Line {
    /// A contact with some phone numbers.
    public static func contact(
        _ id: Int, name: String? = nil, updated: String = "2025-01-01T00:00:00Z", phones: [String] = []
    ) -> String {
        let list = phones.enumerated().map { #"{"id":\#(id * 10 + $0),"number":"\#($1)"}"# }.joined(separator: ",")
        return
            #"{"id":\#(id),"name":"\#(name ?? "Contact \(id)")","updated_at":"\#(updated)","phone_numbers":[\#(list)]}"#
    }

    /// A matter.
    public static func matter(
        _ id: Int, number: String? = "M", status: String = "Open", client: Int? = 1, opened: String = "2024-01-01",
        closed: String? = nil, updated: String = "2025-01-01T00:00:00Z"
    ) -> String {
        func text(_ value: String?) -> String { value.map { "\"\($0)\"" } ?? "null" }
        let number = number.map { $0 == "M" ? "M-\(id)" : $0 }
        return #"{"id":\#(id),"display_number":\#(text(number)),"status":"\#(status)","open_date":"\#(opened)","#
            + #""close_date":\#(text(closed)),"updated_at":"\#(updated)","#
            + #""client":\#(client.map { "{\"id\":\($0)}" } ?? "null")}"#
    }
}
