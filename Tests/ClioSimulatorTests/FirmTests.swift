import ClioSimulator
import Foundation
import Testing

@Suite(.timeLimit(.minutes(5))) struct FirmTests {
    /// A healthy firm: what a pipeline would check must hold for every record, and every reference must lead somewhere.
    @Test func healthyRecordsAreHealthy() async throws {
        try await withSimulator({
            $0.shape.activities = 2_000
            $0.shape.matters = 400
        }) { simulator, wire in
            var records: [String: [[String: Any]]] = [:]
            for kind in everyKind {
                let fields = try #require(simulator.everyField(of: kind))
                records[kind] = await wire.allRecords("/api/v4/\(kind).json?order=id(asc)&fields=\(encoded(fields))")
            }
            let ids = records.mapValues { Set($0.compactMap { Wire.id($0["id"]) }) }
            func resolves(_ record: [String: Any], _ key: String, _ kind: String) -> Bool {
                guard let nested = record[key] as? [String: Any] else { return record[key] is NSNull }
                return Wire.id(nested["id"]).map { ids[kind]?.contains($0) ?? false } ?? false
            }
            for matter in records["matters"] ?? [] {
                #expect(["Pending", "Open", "Closed"].contains(matter["status"] as? String))
                #expect((matter["display_number"] as? String)?.isEmpty == false)
                #expect((matter["open_date"] as? String ?? "") <= (matter["close_date"] as? String ?? "9"))
                #expect((matter["currency"] as? [String: Any])?["code"] as? String != nil)
                #expect(matter["client"] is [String: Any])
                #expect(Wire.id((matter["client"] as? [String: Any])?["id"]) == matter["client_id"] as? Int)
                for key in ["responsible_attorney", "responsible_staff", "originating_attorney", "user"] {
                    #expect(resolves(matter, key, "users"))
                }
                #expect(resolves(matter, "client", "contacts") && resolves(matter, "practice_area", "practice_areas"))
                #expect(resolves(matter, "statute_of_limitations", "tasks"))
            }
            for contact in records["contacts"] ?? [] {
                #expect((contact["name"] as? String)?.isEmpty == false)
                #expect(["Person", "Company"].contains(contact["type"] as? String))
            }
            for entry in records["calendar_entries"] ?? [] {
                #expect((moment(entry["start_at"]) ?? 2) <= (moment(entry["end_at"]) ?? 1))
                #expect(resolves(entry, "matter", "matters"))
            }
            for task in records["tasks"] ?? [] {
                #expect((task["time_estimated"] as? Int ?? 0) >= 0)
                #expect(resolves(task, "matter", "matters") && resolves(task, "assigner", "users"))
            }
            for document in records["documents"] ?? [] {
                #expect((document["size"] as? Int ?? -1) >= 0 && (document["size"] as? Int ?? 0) < 1 << 31)
                #expect(resolves(document, "matter", "matters") && resolves(document, "contact", "contacts"))
            }
            for activity in records["activities"] ?? [] {
                #expect((activity["id"] as? Int ?? 0) > 7_000_000_000)
                #expect((activity["date"] as? String)?.count == 10)
                for key in ["quantity", "price", "total", "rounded_quantity"] {
                    #expect((activity[key] as? Double ?? 0) >= 0)
                }
                #expect((activity["quantity_redacted"] as? Bool == true) == (activity["quantity"] is NSNull))
                #expect(resolves(activity, "matter", "matters") && resolves(activity, "user", "users"))
                #expect(resolves(activity, "task", "tasks") && resolves(activity, "calendar_entry", "calendar_entries"))
            }
            for kind in everyKind {
                for record in records[kind] ?? [] {
                    let created = try #require(moment(record["created_at"]))
                    let updated = try #require(moment(record["updated_at"]))
                    #expect(created <= updated && updated < 1_774_915_200 && created > 1_400_000_000)
                }
            }
        }
    }

    /// A nested record is the record that its own list shows.
    @Test func nestedRecordsAreTheRealOnes() async throws {
        try await withSimulator { _, wire in
            let contacts = await wire.allRecords("/api/v4/contacts.json?order=id(asc)&fields=id,etag,name,is_client")
            let named = Dictionary(uniqueKeysWithValues: contacts.map { (Wire.id($0["id"]) ?? 0, $0) })
            for matter in await wire.allRecords(
                "/api/v4/matters.json?order=id(asc)&fields=client{id,etag,name,is_client}")
            {
                let client = try #require(matter["client"] as? [String: Any])
                let contact = try #require(named[Wire.id(client["id"]) ?? 0])
                #expect(client["name"] as? String == contact["name"] as? String)
                #expect(client["etag"] as? String == contact["etag"] as? String)
                #expect(client["is_client"] as? Bool == true && contact["is_client"] as? Bool == true)
            }
        }
    }

    @Test func whatIsNastyIsThere() async throws {
        try await withSimulator({ $0.shape.activities = 3_000 }) { _, wire in
            var notes: [UInt8] = []
            var reply = await wire.get("/api/v4/activities.json?order=id(asc)&fields=note,created_at,quantity,type")
            notes += reply.body
            while let next = reply.next {
                reply = await wire.follow(next)
                notes += reply.body
            }
            let text = String(decoding: notes, as: UTF8.self)
            for piece in [
                #"\u0000"#, #"\u2028"#, "שיחה", "📎", #"\\Clients\\"#, #"\"Exhibit A\""#, "<p>", #"\ud83d"#, "-08:00",
                "-07:00",
                "+00:00", "Z\"", #""quantity":null"#,
            ] { #expect(text.contains(piece), "\(piece)") }
            let types = text.matches(of: /"type":"(\w+)"/).map { String($0.1) }
            let share = Double(types.filter { $0 == "TimeEntry" }.count) / Double(types.count)
            #expect(share > 0.77 && share < 0.83)
            let longest = text.matches(of: /"note":"((?:[^"\\]|\\.)*)"/).map(\.1.utf8.count).max() ?? 0
            #expect(longest > 10_000)
            let clients = await wire.get("/api/v4/contacts.json?client_only=true&limit=1").records
            #expect(clients == 70)
            let values = await wire.get("/api/v4/matters.json?fields=custom_field_values{id,value,soft_deleted}").text
            #expect(values.contains(#"{"id":null,"value":null"#) && values.contains(#""soft_deleted":true"#))
            let entries = await wire.allRecords("/api/v4/calendar_entries.json?fields=id,summary")
            #expect(entries.contains { $0["redacted"] as? Bool == true && $0["summary"] is NSNull })
        }
    }

    @Test func sizesAreAsAdvertised() {
        #expect(FirmShape.named("medium")?.calendarEntries == 12_000)
        #expect(FirmShape.named("tiny") == nil)
        let large = FirmShape.large
        let all = large.matters + large.contacts + large.calendarEntries + large.tasks + large.documents
        #expect(all + large.activities > 150_000)
    }

    @Test func unknownKeysComeWithEveryRecord() async throws {
        try await withSimulator({ $0.unknownFields = true }) { _, wire in
            let reply = await wire.get("/api/v4/matters.json?fields=id")
            for record in reply.data { #expect(Set(record.keys) == ["id", "x_beta", "x_rank"]) }
        }
    }
}
