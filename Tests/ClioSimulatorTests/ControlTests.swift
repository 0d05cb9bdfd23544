import ClioSimulator
import Foundation
import Testing

@Suite(.timeLimit(.minutes(5))) struct ControlTests {
    @Test func touchedRecordsAreFoundByUpdatedSince() async throws {
        let clock = TurnedClock()
        try await withSimulator({ $0.clock = { clock.now } }) { _, wire in
            let before = await wire.get("/api/v4/matters.json?order=id(asc)&fields=id,etag,updated_at")
            let since = "/api/v4/matters.json?order=id(asc)&updated_since=2026-03-31T00:00:00Z"
            #expect(await wire.get(since).ids.isEmpty)
            let touched = await wire.post("/simulator/touch?kind=matters&count=7").object["ids"] as? [Int]
            #expect(touched?.count == 7)
            #expect(await wire.get(since).ids == touched)
            let after = await wire.get("/api/v4/matters.json?order=id(asc)&fields=id,etag,updated_at")
            let changed = zip(before.data, after.data).filter { $0.0["etag"] as? String != $0.1["etag"] as? String }
            #expect(changed.compactMap { Wire.id($0.0["id"]) } == touched)
            #expect(changed.allSatisfy { moment($0.1["updated_at"]) == clock.now })
        }
    }

    @Test(arguments: everyKind) func recordsComeAndGo(kind: String) async throws {
        let clock = TurnedClock()
        try await withSimulator({ $0.clock = { clock.now } }) { simulator, wire in
            let first = await wire.get("/api/v4/\(kind).json?order=id(asc)&limit=2")
            let total = try #require(first.records)
            let added = await wire.post("/simulator/add?kind=\(kind)&count=3").object["ids"] as? [Int]
            let all = await wire.allRecords("/api/v4/\(kind).json?order=id(asc)&fields=id,created_at&limit=100")
            #expect(all.count == total + 3)
            #expect(all.suffix(3).compactMap { Wire.id($0["id"]) } == added)
            #expect(all.suffix(3).allSatisfy { moment($0["created_at"]) == clock.now })
            let fields = encoded(try #require(simulator.everyField(of: kind)))
            #expect(await wire.get("/api/v4/\(kind)/\(added?.last ?? 0).json?fields=\(fields)").status == 200)
            let gone = first.ids[0]
            _ = await wire.post("/simulator/delete?kind=\(kind)&ids=\(gone)")
            #expect(await wire.get("/api/v4/\(kind)/\(gone).json").status == 404)
            // The walk that was under way goes on behind the record that it stopped at.
            let next = first.next == nil ? nil : await wire.follow(first.next ?? "")
            if let next { #expect(next.records == total + 2 && !next.ids.contains(first.ids[1])) }
        }
    }

    @Test("so many records of some lists are added, edited, deleted and restored; a seed repeats which")
    func changesOnCommand() async throws {
        let clock = TurnedClock()
        var outcomes: [String] = []
        for seed in [7, 7, 8] {
            try await withSimulator({ $0.clock = { clock.now } }) { simulator, wire in
                let list = "/api/v4/tasks.json?order=id(asc)&limit=200&fields=id,etag"
                let before = await wire.allRecords(list)
                let order = "/simulator/change?kind=tasks&kind=contacts&seed=\(seed)"
                let reply = await wire.post("\(order)&add=2&edit=5&delete=4")
                let all = try #require(reply.object as? [String: [String: [Int]]])
                #expect(Set(all.keys) == ["tasks", "contacts"])
                let tasks = try #require(all["tasks"])
                let (added, edited) = (Set(tasks["added"] ?? []), Set(tasks["edited"] ?? []))
                let deleted = Set(tasks["deleted"] ?? [])
                #expect(added.count == 2 && edited.count == 5 && deleted.count == 4 && edited.isDisjoint(with: deleted))
                let after = await wire.allRecords(list)
                let ids = Set(before.compactMap { Wire.id($0["id"]) })
                #expect(Set(after.compactMap { Wire.id($0["id"]) }) == ids.union(added).subtracting(deleted))
                let since = await wire.get("/api/v4/tasks.json?order=id(asc)&updated_since=2026-03-31T00:00:00Z")
                #expect(Set(since.ids) == edited.union(added))
                let back = await wire.post("/simulator/change?kind=tasks&restore=3&seed=\(seed)")
                let restored = Set((back.object as? [String: [String: [Int]]])?["tasks"]?["restored"] ?? [])
                #expect(restored.count == 3 && restored.isSubset(of: deleted))
                #expect(await wire.get("/api/v4/tasks/\(restored.first ?? 0).json").status == 200)
                #expect(await wire.post("/simulator/change?kind=tasks&add=x").status == 400)
                #expect(await wire.post("/simulator/change?kind=nothing&add=1").status == 400)
                outcomes.append(reply.text)
            }
        }
        #expect(outcomes[0] == outcomes[1] && outcomes[1] != outcomes[2])
    }

    @Test func behaviourCanBeSwitched() async throws {
        try await withSimulator { _, wire in
            _ = await wire.post("/simulator/limit?value=2")
            #expect(await wire.get("/api/v4/users").status == 200)
            #expect(await wire.get("/api/v4/users")["X-RateLimit-Remaining"] == "0")
            #expect(await wire.get("/api/v4/users").status == 429)
            _ = await wire.post("/simulator/limit?value=100")
            _ = await wire.post("/simulator/forbid?kind=tasks")
            #expect(await wire.get("/api/v4/tasks").status == 403)
            _ = await wire.post("/simulator/forbid?kind=tasks&value=false")
            #expect(await wire.get("/api/v4/tasks").status == 200)
            _ = await wire.post("/simulator/fault?value=http500%231")
            #expect(await wire.get("/api/v4/tasks").status == 500)
            #expect(await wire.post("/simulator/fault?value=nonsense").status == 400)
            _ = await wire.post("/simulator/expire")
            #expect(await wire.get("/api/v4/tasks").status == 401)
            #expect(await wire.post("/simulator/nothing").status == 400)
        }
    }

    @Test func theClockGoesForwardOnCommand() async throws {
        let clock = TurnedClock()
        try await withSimulator({ $0.clock = { clock.now } }) { _, wire in
            #expect(await wire.post("/simulator/clock?value=86400").status == 200)
            let touched = await wire.post("/simulator/touch?kind=tasks&count=1").object["ids"] as? [Int]
            let id = try #require(touched?.first)
            let reply = await wire.get("/api/v4/tasks/\(id).json?fields=updated_at")
            let record = reply.object["data"] as? [String: Any]
            #expect(moment(record?["updated_at"]) == clock.now + 86_400)
            #expect(reply["Date"] == "Wed, 01 Apr 2026 16:00:00 GMT")
            #expect(await wire.post("/simulator/clock").status == 400)
        }
    }

    @Test(
        arguments: [
            ("exact", 110, 110), ("more", 113, 113), ("fewer", 107, 107), ("constant", 1_000, 1_000),
            ("saturated", 10_000, 10_000), ("rising", 111, 112),
        ])
    func countsMayLie(way: String, first: Int, second: Int) async throws {
        try await withSimulator { _, wire in
            #expect(await wire.post("/simulator/counts?value=\(way)").status == 200)
            #expect(await wire.get("/api/v4/tasks.json?limit=1").records == first)
            #expect(await wire.get("/api/v4/tasks.json?limit=1").records == second)
            #expect(await wire.post("/simulator/counts?value=nonsense").status == 400)
            _ = await wire.post("/simulator/counts?value=absent")
            #expect(await wire.get("/api/v4/tasks.json?limit=1").records == nil)
        }
    }

    @Test func everyRequestIsLoggedWithoutItsToken() async throws {
        let path = try temporaryFolder() + "/log.ndjson"
        defer { try? FileManager.default.removeItem(atPath: (path as NSString).deletingLastPathComponent) }
        try await withSimulator({ $0.logPath = path }) { simulator, wire in
            let first = await wire.get("/api/v4/matters.json?limit=10&status=open&fields=id,client{id}&ids[]=1&ids[]=2")
            #expect(first.status == 200)
            let page = await wire.get("/api/v4/tasks.json?limit=10")
            _ = await wire.follow(try #require(page.next))
            _ = await wire.get("/api/v4/users/who_am_i")
            let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
            #expect(lines.count == 4 && simulator.requestCount == 4)
            #expect(!lines.joined().contains("simulator-token"))
            let objects = try lines.map {
                try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
            }
            #expect(objects[0]["path"] as? String == "/api/v4/matters.json")
            #expect(
                objects[0]["query"] as? [String: String] == [
                    "limit": "10", "status": "open", "fields": "id,client{id}", "ids[]": "1,2",
                ])
            #expect(objects[1]["records"] as? Int == 10 && objects[1]["status"] as? Int == 200)
            #expect((objects[1]["query"] as? [String: String])?["page_token"] == nil)
            #expect((objects[2]["query"] as? [String: String])?["page_token"] == "present")
            #expect(objects[2]["kind"] as? String == "tasks" && objects[2]["method"] as? String == "GET")
            #expect((objects[3]["token"] as? String)?.count == 8)
            let served = await wire.get("/simulator/log").text.split(separator: "\n")
            #expect(served == lines)
        }
    }
}
