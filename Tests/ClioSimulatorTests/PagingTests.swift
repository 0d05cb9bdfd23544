import ClioSimulator
import Foundation
import Testing

@Suite(.timeLimit(.minutes(5))) struct PagingTests {
    @Test(arguments: everyKind) func aCursorWalkMeetsEveryRecordOnce(kind: String) async throws {
        try await withSimulator { _, wire in
            var reply = await wire.get(
                "/api/v4/\(kind).json?order=id(asc)&limit=37&fields=id,etag&created_since=2001-01-01")
            let total = try #require(reply.records)
            var ids = reply.ids
            #expect(reply.paging["previous"] == nil)
            while let next = reply.next {
                #expect(next.hasPrefix("http://127.0.0.1:\(wire.port)/api/v4/\(kind).json?"))
                for part in [
                    "limit=37", "fields=id%2Cetag", "order=id%28asc%29", "created_since=2001-01-01", "page_token=",
                ] {
                    #expect(next.contains(part))
                }
                reply = await wire.follow(next)
                #expect(reply.records == total)
                #expect(reply.paging["previous"] != nil)
                ids += reply.ids
            }
            #expect(ids.count == total)
            #expect(ids == ids.sorted())
            #expect(Set(ids).count == total)
        }
    }

    @Test func previousLeadsBack() async throws {
        try await withSimulator { _, wire in
            for order in ["&order=id(asc)", ""] {
                let first = await wire.get("/api/v4/tasks?limit=10\(order)")
                let second = await wire.follow(try #require(first.next))
                let back = await wire.follow(try #require(second.paging["previous"] as? String))
                #expect(back.ids == first.ids)
                #expect(second.ids != first.ids)
            }
        }
    }

    @Test func linksCarryEncodedBraces() async throws {
        try await withSimulator { _, wire in
            let reply = await wire.get("/api/v4/matters.json?fields=id,client{id}&limit=5")
            let next = try #require(reply.next)
            #expect(next.contains("client%7Bid%7D"))
            #expect(!next.contains("{"))
        }
    }

    @Test func withoutOrderTheWallStandsAtTenThousand() async throws {
        try await withSimulator({ $0.shape.tasks = 10_300 }) { _, wire in
            var reply = await wire.get("/api/v4/tasks.json?fields=id")
            var seen = reply.ids.count
            #expect(reply.records == 10_300)
            while let next = reply.next {
                reply = await wire.follow(next)
                seen += reply.ids.count
            }
            #expect(seen == 10_000)
            #expect(reply.status == 422)
            #expect(reply.errorType == "ArgumentError")
            #expect(reply.errorMessage == "page_token is now out of bounds and cannot be used.")
            let whole = await wire.allRecords("/api/v4/tasks.json?fields=id&order=id(asc)")
            #expect(whole.count == 10_300)
            #expect(await wire.get("/api/v4/tasks.json?offset=10000").status == 422)
            #expect(await wire.get("/api/v4/tasks.json?order=id(asc)&offset=10000").status == 422)
            let last = await wire.get("/api/v4/tasks.json?offset=9900&limit=100")
            #expect(last.status == 200 && last.ids.count == 100)
        }
    }

    @Test func calendarEntriesKnowNoOrder() async throws {
        try await withSimulator({ $0.shape.calendarEntries = 10_050 }) { _, wire in
            let page = await wire.get("/api/v4/calendar_entries.json?order=nonsense&limit=1")
            #expect(page.status == 200)
            #expect(page.data[0]["id"] is String)
            var reply = await wire.get("/api/v4/calendar_entries.json?order=id(asc)&fields=id")
            while let next = reply.next { reply = await wire.follow(next) }
            #expect(reply.status == 422)
        }
    }

    @Test func limitsAreChecked() async throws {
        try await withSimulator({ $0.shape.users = 300 }) { _, wire in
            for kind in everyKind where kind != "users" {
                for limit in ["0", "201", "-1", "many"] {
                    let reply = await wire.get("/api/v4/\(kind).json?limit=\(limit)")
                    #expect(reply.status == 400)
                    #expect(reply.errorType == "ArgumentError")
                }
            }
            #expect(await wire.get("/api/v4/users.json").ids.count == 300)
            #expect(await wire.get("/api/v4/users.json?limit=2000").status == 200)
            #expect(await wire.get("/api/v4/users.json?limit=2001").status == 400)
            #expect(await wire.get("/api/v4/contacts.json").ids.count == 200)
            #expect(await wire.get("/api/v4/tasks?page_token=made-up").status == 422)
        }
    }

    @Test(
        arguments: [
            ("matters", "created_at"), ("matters", "updated_at"), ("documents", "created_at"), ("activities", "date"),
            ("activities", "updated_at"), ("tasks", "due_at"), ("matters", "open_date"), ("contacts", "id"),
        ])
    func ordersSort(kind: String, column: String) async throws {
        try await withSimulator { _, wire in
            for direction in ["asc", "desc"] {
                let data = await wire.allRecords(
                    "/api/v4/\(kind).json?order=\(column)(\(direction))&fields=id,\(column)&limit=90")
                let values = data.compactMap { moment($0[column]) }
                #expect(values.count > 50)
                #expect(values == (direction == "asc" ? values.sorted() : values.sorted { $0 > $1 }))
                #expect(Set(data.compactMap { Wire.id($0["id"]) }).count == data.count)
            }
        }
    }

    @Test(
        arguments: [
            ("matters", "name(asc)"), ("contacts", "created_at(asc)"), ("tasks", "id"), ("documents", "id(up)"),
            ("activities", "created_at(asc)"), ("users", "id(asc"),
        ])
    func ordersThatAreNotOfferedAreRefused(kind: String, order: String) async throws {
        try await withSimulator { _, wire in
            #expect(await wire.get("/api/v4/\(kind).json?order=\(order)").status == 400)
        }
    }

    @Test func theLastPageHasAnEmptyPaging() async throws {
        try await withSimulator { _, wire in
            let reply = await wire.get("/api/v4/users.json")
            #expect(reply.text.contains(#""paging":{}"#))
        }
        try await withSimulator({ $0.counting = .absent }) { _, wire in
            let reply = await wire.get("/api/v4/users.json")
            #expect(reply.text.hasSuffix(#""meta":{}}"#))
            #expect(await wire.get("/api/v4/tasks.json?limit=1").records == nil)
        }
    }
}

/// A date, an instant or a number as something that can be compared.
func moment(_ value: Any?) -> Double? {
    if let number = value as? Double { return number }
    guard let text = value as? String else { return nil }
    if text.count == 10 { return ISO8601DateFormatter().date(from: text + "T00:00:00Z")?.timeIntervalSince1970 }
    return ISO8601DateFormatter().date(from: text)?.timeIntervalSince1970
}
