import ClioSimulator
import Foundation
import Testing

/// What a filter must let through, said once more in terms of the records themselves.
struct FilterCase: Sendable, CustomTestStringConvertible {
    var kind: String
    var query: String
    var fields: String
    var holds: @Sendable ([String: Any]) -> Bool
    var testDescription: String { "\(kind)?\(query)" }
}

private func text(_ record: [String: Any], _ key: String) -> String { record[key] as? String ?? "" }
private func inner(_ record: [String: Any], _ key: String) -> Int? { Wire.id((record[key] as? [String: Any])?["id"]) }

@Suite(.timeLimit(.minutes(5))) struct FilterTests {
    static let cases: [FilterCase] = [
        FilterCase(kind: "matters", query: "status=open", fields: "id,status") { text($0, "status") == "Open" },
        FilterCase(kind: "matters", query: "status=closed,pending", fields: "id,status") {
            text($0, "status") != "Open"
        },
        FilterCase(
            kind: "matters", query: "open_date[]=%3E=2020-01-01&open_date[]=%3C2023-01-01", fields: "id,open_date"
        ) {
            text($0, "open_date") >= "2020-01-01" && text($0, "open_date") < "2023-01-01"
        },
        FilterCase(kind: "matters", query: "close_date[]=%3E2021-06-01", fields: "id,close_date") {
            text($0, "close_date") > "2021-06-01"
        },
        FilterCase(kind: "matters", query: "pending_date[]=%3C=2024-01-01", fields: "id,pending_date") {
            !text($0, "pending_date").isEmpty && text($0, "pending_date") <= "2024-01-01"
        },
        FilterCase(kind: "matters", query: "responsible_attorney_id=null", fields: "id,responsible_attorney{id}") {
            inner($0, "responsible_attorney") == nil
        },
        FilterCase(kind: "matters", query: "created_since=2022-01-01T00:00:00Z", fields: "id,created_at") {
            (moment($0["created_at"]) ?? 0) > 1_640_995_200
        },
        FilterCase(kind: "matters", query: "updated_since=2022-01-01T00:00:00%2B00:00", fields: "id,updated_at") {
            (moment($0["updated_at"]) ?? 0) > 1_640_995_200
        },
        FilterCase(kind: "contacts", query: "type=Company", fields: "id,type") { text($0, "type") == "Company" },
        FilterCase(kind: "contacts", query: "client_only=true", fields: "id,is_client") {
            $0["is_client"] as? Bool == true
        },
        FilterCase(kind: "contacts", query: "initial=G", fields: "id,name,last_name,type") {
            (text($0, "type") == "Company" ? text($0, "name") : text($0, "last_name")).hasPrefix("G")
        },
        FilterCase(
            kind: "calendar_entries", query: "from=2021-01-01T00:00:00Z&to=2021-12-31T23:59:59Z",
            fields: "id,start_at,end_at"
        ) {
            (moment($0["end_at"]) ?? 0) >= 1_609_459_200 && (moment($0["start_at"]) ?? 0) <= 1_640_995_199
        },
        FilterCase(kind: "calendar_entries", query: "is_all_day=true", fields: "id,all_day") {
            $0["all_day"] as? Bool == true
        },
        FilterCase(kind: "calendar_entries", query: "matter_id=null", fields: "id,matter{id}") {
            inner($0, "matter") == nil
        },
        FilterCase(kind: "tasks", query: "complete=true", fields: "id,status") { text($0, "status") == "complete" },
        FilterCase(kind: "tasks", query: "status=pending", fields: "id,status") { text($0, "status") == "pending" },
        FilterCase(kind: "tasks", query: "statuses[]=draft&statuses[]=in_review", fields: "id,status") {
            ["draft", "in_review"].contains(text($0, "status"))
        },
        FilterCase(kind: "tasks", query: "priority=high", fields: "id,priority") { text($0, "priority") == "High" },
        FilterCase(kind: "tasks", query: "due_at_present=false", fields: "id,due_at") { text($0, "due_at").isEmpty },
        FilterCase(kind: "tasks", query: "due_at_from=2020-01-01&due_at_to=2021-12-31", fields: "id,due_at") {
            text($0, "due_at") >= "2020-01-01" && text($0, "due_at") <= "2021-12-31"
        },
        FilterCase(kind: "tasks", query: "assignee_id=null", fields: "id,assignee") { inner($0, "assignee") == nil },
        FilterCase(kind: "documents", query: "matter_id=null", fields: "id,matter{id}") { inner($0, "matter") == nil },
        FilterCase(kind: "documents", query: "contact_id=null", fields: "id,contact{id}") {
            inner($0, "contact") == nil
        },
        FilterCase(kind: "activities", query: "type=TimeEntry", fields: "id,type") { text($0, "type") == "TimeEntry" },
        FilterCase(kind: "activities", query: "start_date=2021-01-01&end_date=2022-06-30", fields: "id,date") {
            text($0, "date") >= "2021-01-01" && text($0, "date") <= "2022-06-30"
        },
        FilterCase(kind: "activities", query: "user_id=null", fields: "id,user{id}") { inner($0, "user") == nil },
        FilterCase(kind: "activities", query: "status=non_billable", fields: "id,non_billable") {
            $0["non_billable"] as? Bool == true
        },
        FilterCase(kind: "activities", query: "status=billed", fields: "id,billed") { $0["billed"] as? Bool == true },
    ]

    @Test(arguments: cases) func aFilterLetsThroughWhatItSays(filter: FilterCase) async throws {
        try await withSimulator({ $0.shape.activities = 900 }) { _, wire in
            let base = "/api/v4/\(filter.kind).json?order=id(asc)&fields=\(filter.fields)"
            let all = await wire.allRecords(base)
            let some = await wire.allRecords(base + "&" + filter.query)
            let expected = all.filter(filter.holds).compactMap { Wire.id($0["id"]) }
            #expect(some.compactMap { Wire.id($0["id"]) } == expected)
            #expect(!expected.isEmpty && expected.count < all.count)
        }
    }

    /// Filters by a reference, over all the values there are: together they give back every record that has one.
    @Test(
        arguments: [
            ("matters", "practice_area_id", "practice_area", ""),
            ("matters", "responsible_attorney_id", "responsible_attorney", ""),
            ("matters", "client_id", "client", ""), ("matters", "group_id", "group", ""),
            ("calendar_entries", "calendar_id", "calendar_owner", ""), ("calendar_entries", "matter_id", "matter", ""),
            ("documents", "matter_id", "matter", ""), ("documents", "contact_id", "contact", ""),
            ("activities", "user_id", "user", ""), ("activities", "matter_id", "matter", ""),
            ("tasks", "matter_id", "matter", ""),
        ])
    func referencesPartition(kind: String, filter: String, association: String, suffix: String) async throws {
        try await withSimulator { _, wire in
            let base = "/api/v4/\(kind).json?order=id(asc)&fields=id,\(association){id}"
            let all = await wire.allRecords(base)
            let groups = Dictionary(grouping: all.filter { inner($0, association) != nil }) {
                inner($0, association) ?? 0
            }
            #expect(groups.count > 1)
            for (id, records) in groups.prefix(12) {
                let some = await wire.allRecords(base + "&\(filter)=\(id)")
                #expect(some.compactMap { Wire.id($0["id"]) } == records.compactMap { Wire.id($0["id"]) })
            }
            #expect(await wire.get(base + "&\(filter)=12345").ids.isEmpty)
        }
    }

    @Test func assigneesNeedTheirType() async throws {
        try await withSimulator { _, wire in
            let all = await wire.allRecords("/api/v4/tasks.json?order=id(asc)&fields=id,assignee{id,type}")
            #expect(await wire.get("/api/v4/tasks.json?assignee_id=1").status == 400)
            for (type, names) in [("user", ["User"]), ("contact", ["Person", "Company"])] {
                let assignee = try #require(
                    all.compactMap { $0["assignee"] as? [String: Any] }.first { names.contains(text($0, "type")) })
                let id = try #require(Wire.id(assignee["id"]))
                let some = await wire.get("/api/v4/tasks.json?assignee_id=\(id)&assignee_type=\(type)&order=id(asc)")
                #expect(some.ids == all.filter { inner($0, "assignee") == id }.compactMap { Wire.id($0["id"]) })
            }
        }
    }

    @Test(arguments: everyKind) func idsChooseRecords(kind: String) async throws {
        try await withSimulator { _, wire in
            let some = await wire.get("/api/v4/\(kind).json?limit=4").ids
            let asked = [some[3], some[1], 7].map { "&ids[]=\($0)" }.joined()
            #expect(await wire.get("/api/v4/\(kind).json?order=id(asc)\(asked)").ids == [some[1], some[3]])
        }
    }

    @Test func contactsCanBeLeftOut() async throws {
        try await withSimulator { _, wire in
            let some = await wire.get("/api/v4/contacts.json?limit=3").ids
            let rest = await wire.get("/api/v4/contacts.json?limit=3&exclude_ids[]=\(some[0])&exclude_ids[]=\(some[1])")
            #expect(rest.ids.first == some[2])
            #expect(rest.records == 208)
        }
    }

    @Test func trashAndUnfinishedUploadsAreHidden() async throws {
        try await withSimulator { _, wire in
            let plain = await wire.allRecords("/api/v4/documents.json?order=id(asc)&fields=id,deleted_at,size")
            #expect(plain.count == 150)
            #expect(plain.allSatisfy { $0["deleted_at"] is NSNull && $0["size"] is Int })
            let trashed = await wire.allRecords(
                "/api/v4/documents.json?order=id(asc)&fields=id,deleted_at&include_deleted=true")
            #expect(trashed.contains { $0["deleted_at"] is String })
            #expect(trashed.count > plain.count)
        }
    }

    @Test(
        arguments: [
            "contacts?matter_id=1", "activities?date_from=2020-01-01", "matters?statuses=open", "tasks?pages=3",
            "calendar_entries?start_date=2021-01-01", "documents?created_before=2020-01-01",
        ])
    func unknownParametersAreIgnored(request: String) async throws {
        try await withSimulator { _, wire in
            let kind = request.split(separator: "?")[0]
            let plain = await wire.get("/api/v4/\(kind).json?limit=5")
            let asked = await wire.get("/api/v4/" + request + "&limit=5")
            #expect(asked.status == 200)
            #expect(asked.ids == plain.ids && asked.records == plain.records)
        }
    }

    @Test(
        arguments: [
            "matters?status=Open", "matters?open_date[]=2020-01-01", "matters?open_date[]=%3E=2020-02-30",
            "matters?practice_area_id=null", "tasks?complete=maybe", "contacts?type=Robot",
            "activities?start_date=soon", "matters?created_since=2022-01-01T00:00:00+00:00x", "contacts?initial=1",
        ])
    func valuesThatMakeNoSenseAreRefused(request: String) async throws {
        try await withSimulator { _, wire in
            let reply = await wire.get("/api/v4/" + request)
            #expect(reply.status == 400)
            #expect(reply.errorType == "ArgumentError")
        }
    }
}
