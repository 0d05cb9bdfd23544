import ClioSimulator
import Foundation
import Testing

@Suite(.timeLimit(.minutes(5))) struct FieldsTests {
    @Test(arguments: everyKind + furtherKinds) func nothingAskedForGivesIDAndETag(kind: String) async throws {
        try await withSimulator { _, wire in
            let reply = await wire.get("/api/v4/\(kind).json?limit=2")
            #expect(reply.status == 200)
            #expect(reply.data.count == 2)
            #expect(Set(reply.data[0].keys) == ["id", "etag"])
            let etag = try #require(reply.data[0]["etag"] as? String)
            #expect(etag.hasPrefix("\"") && etag.hasSuffix("\"") && etag.count == 34)
        }
    }

    @Test(arguments: everyKind + furtherKinds) func everyFieldComesInTheOrderAskedFor(kind: String) async throws {
        try await withSimulator { simulator, wire in
            let fields = try #require(simulator.everyField(of: kind))
            let reply = await wire.get("/api/v4/\(kind).json?fields=\(fields)&limit=200")
            #expect(reply.status == 200)
            let names = fields.replacing(/\{[^}]*\}/, with: "").split(separator: ",").map(String.init)
            for record in reply.data { #expect(Set(record.keys).subtracting(["redacted"]) == Set(names)) }
            let positions = names.prefix(6).compactMap { reply.text.firstRange(of: "\"\($0)\":")?.lowerBound }
            #expect(positions.count == min(6, names.count))
            #expect(positions == positions.sorted())
        }
    }

    @Test func associationsTakeOneLevelOfBraces() async throws {
        try await withSimulator { _, wire in
            let base = "/api/v4/matters.json?order=id(asc)&limit=50&fields="
            let plain = await wire.get(base + "client")
            #expect(Set((plain.data[0]["client"] as? [String: Any] ?? [:]).keys) == ["id", "etag"])
            let braces = await wire.get(base + "client{name,currency}")
            let client = try #require(braces.data[0]["client"] as? [String: Any])
            #expect(Set(client.keys) == ["name", "currency"])
            #expect(Set((client["currency"] as? [String: Any] ?? [:]).keys) == ["id", "etag"])
            let values = await wire.get(base + "custom_field_values{id,custom_field}")
            let all = values.data.compactMap { $0["custom_field_values"] as? [[String: Any]] }
            let first = try #require(all.first { !$0.isEmpty }?.first)
            #expect(Set((first["custom_field"] as? [String: Any] ?? [:]).keys) == ["id", "etag"])
            let rate = await wire.get(base + "custom_rate")
            let shown = try #require(rate.data.compactMap { $0["custom_rate"] as? [String: Any] }.first)
            #expect(Set(shown.keys) == ["type", "on_invoice"])
        }
    }

    @Test func bracesMayBeLiteralOrEncoded() async throws {
        try await withSimulator { _, wire in
            let literal = await wire.get("/api/v4/matters?fields=id,client{id,name}&limit=3&order=id(asc)")
            let coded = await wire.get("/api/v4/matters?fields=id%2Cclient%7Bid%2Cname%7D&limit=3&order=id%28asc%29")
            #expect(literal.status == 200)
            #expect(literal.body == coded.body)
            let twice = await wire.get("/api/v4/matters?fields=id%252Cclient")
            #expect(twice.status == 400)
        }
    }

    @Test(
        arguments: [
            "nonsense", "id,client{nonsense}", "id,client{currency{id}}", "client{id", "id}", "status{id}", "id,,etag",
            "client{}", "Id",
        ])
    func badFieldsRefuseTheWholeRequest(fields: String) async throws {
        try await withSimulator { _, wire in
            let reply = await wire.get("/api/v4/matters.json?fields=\(fields)")
            #expect(reply.status == 400)
            #expect(reply.errorType != nil && reply.errorMessage != nil)
        }
    }

    @Test func singleRecordsKnowTheirTags() async throws {
        try await withSimulator { _, wire in
            for kind in everyKind {
                let list = await wire.get("/api/v4/\(kind).json?limit=1")
                let id = try #require(list.ids.first)
                let one = await wire.get("/api/v4/\(kind)/\(id).json?fields=id,etag,updated_at")
                let record = try #require(one.object["data"] as? [String: Any])
                #expect(Wire.id(record["id"]) == id)
                #expect(one["ETag"] == record["etag"] as? String)
                #expect(one["Last-Modified"]?.hasSuffix("GMT") == true)
                let again = await wire.get("/api/v4/\(kind)/\(id).json", headers: ["If-None-Match": one["ETag"] ?? ""])
                #expect(again.status == 304 && again.body.isEmpty)
                let missing = await wire.get("/api/v4/\(kind)/\(id + 100_000_000).json")
                #expect(missing.status == 404)
                #expect(missing.errorType == "record_not_found")
            }
            let me = await wire.get("/api/v4/users/who_am_i.json")
            #expect(Set((me.object["data"] as? [String: Any] ?? [:]).keys) == ["id", "etag", "name"])
            let bare = await wire.get("/api/v4/users/who_am_i?fields=id,email")
            #expect((bare.object["data"] as? [String: Any])?["email"] as? String == "user0@firm.example")
            #expect(await wire.get("/api/v4/nothing.json").status == 404)
        }
    }

    @Test func theSameSeedMakesTheSameBytes() async throws {
        let first = try await page(seed: 5)
        let second = try await page(seed: 5)
        let other = try await page(seed: 6)
        #expect(first == second)
        #expect(first != other)
    }

    private func page(seed: UInt64) async throws -> [UInt8] {
        try await withSimulator({ $0.seed = seed }) { simulator, wire in
            let fields = simulator.everyField(of: "contacts") ?? ""
            // The port is in the links: only the records count.
            let body = await wire.get("/api/v4/contacts.json?limit=50&fields=\(fields)").body
            return Array(body[..<(body.firstRange(of: Array(#","meta""#.utf8))?.lowerBound ?? 0)])
        }
    }
}
