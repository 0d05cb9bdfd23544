import ClioSimulator
import Foundation
import Testing

@Suite(.timeLimit(.minutes(5))) struct FaultTests {
    private func struck(_ name: Fault.Name, _ target: String = "/api/v4/contacts.json?limit=20&fields=id,name")
        async throws
        -> (first: Reply, second: Reply)
    {
        try await withSimulator({ $0.faults = [Fault(name, .request(1))] }) { simulator, wire in
            let first = await wire.get(target, headers: ["Accept-Encoding": name == .badgzip ? "gzip" : "identity"])
            let second = await wire.get(target)
            #expect(simulator.requests.map(\.fault) == [name.rawValue, nil])
            #expect(second.status == 200 && second.complete)
            return (first, second)
        }
    }

    @Test func statusFaults() async throws {
        #expect(try await struck(.http500).first.status == 500)
        #expect(try await struck(.http503).first.status == 503)
        let page = try await struck(.blockpage).first
        #expect(page.status == 403 && page["Retry-After"] == "1")
        #expect(page["Content-Type"]?.hasPrefix("text/html") == true)
        let limited = try await struck(.rate429).first
        #expect(limited.status == 429 && limited["Retry-After"] == "1" && limited.errorType == "RateLimited")
    }

    @Test func disguisedRateLimit() async throws {
        let reply = try await struck(.disguised429).first
        #expect(reply.status == 200 && reply["Retry-After"] == nil)
        #expect(reply.object["meta"] == nil)
        let hidden = try #require((reply.object["data"] as? String).flatMap { Data(base64Encoded: $0) })
        #expect(String(decoding: hidden, as: UTF8.self).contains("RateLimited"))
    }

    @Test func brokenConnections() async throws {
        let reset = try await struck(.reset).first
        #expect(reset.status == 0 && reset.headers.isEmpty)
        let cut = try await struck(.truncate).first
        #expect(cut.status == 200 && !cut.complete && !cut.body.isEmpty)
        #expect(cut.body.count == (Int(cut["Content-Length"] ?? "") ?? 0) / 2)
    }

    @Test func brokenBodies() async throws {
        let page = try await struck(.html).first
        #expect(page.status == 200 && page["Content-Type"]?.hasPrefix("text/html") == true)
        let packed = try await struck(.badgzip).first
        #expect(packed["Content-Encoding"] == "gzip" && packed.complete)
        let null = try await struck(.nulldata).first
        #expect(null.text.hasPrefix(#"{"data":null,"#))
    }

    @Test func misleadingLinks() async throws {
        try await withSimulator({ $0.faults = [Fault(.loopnext, .request(2))] }) { _, wire in
            let first = await wire.get("/api/v4/contacts.json?limit=20&order=id(asc)")
            let second = await wire.follow(try #require(first.next))
            let third = await wire.follow(try #require(second.next))
            #expect(third.ids == second.ids && second.ids != first.ids)
        }
        let foreign = try await struck(.foreignnext).first
        #expect(foreign.next?.hasPrefix("http://attacker.example.com/api/v4/contacts.json") == true)
    }

    @Test func filtersCanBeIgnored() async throws {
        let (first, second) = try await struck(.ignorefilter, "/api/v4/matters.json?status=closed&limit=3")
        #expect(first.records == 120)
        #expect((second.records ?? 120) < 120)
    }

    @Test func aStallSendsNothingForItsTime() async throws {
        try await withSimulator({
            $0.faults = [Fault(.stall, .request(1))]
            $0.stall = 0.3
        }) { simulator, wire in
            #expect(await wire.get("/api/v4/contacts.json").status == 200)
            #expect((simulator.requests.first?.milliseconds ?? 0) >= 299)
        }
    }

    @Test func aStallEndsWithTheSimulator() async throws {
        try await withSimulator({
            $0.faults = [Fault(.stall, .rate(1))]
            $0.stall = 600
        }) { simulator, wire in
            async let stalled = wire.get("/api/v4/contacts.json")
            try await Task.sleep(for: .milliseconds(200))
            await simulator.stop()
            // No answer came, and none was waited for.
            #expect(await stalled.status == 0)
        }
    }

    @Test func ratesStrikeTheirShare() async throws {
        try await withSimulator({ $0.faults = [Fault(.http503, .rate(0.3))] }) { _, wire in
            var hits = 0
            for _ in 0..<200 where await wire.get("/api/v4/users.json?limit=1").status == 503 { hits += 1 }
            #expect(hits > 35 && hits < 85)
        }
    }

    @Test func faultsAreReadOrExplained() throws {
        #expect(try Fault(parsing: "http500@0.25") == Fault(.http500, .rate(0.25)))
        #expect(try Fault(parsing: "reset#12") == Fault(.reset, .request(12)))
        for text in ["http500", "nothing#1", "reset#0", "reset@2", "stall#x"] {
            let error = #expect(throws: SimulatorError.self) { try Fault(parsing: text) }
            #expect(error?.description.contains(text) == true)
        }
    }

    @Test func optionsThatMakeNoSenseAreRefused() {
        let changes: [@Sendable (inout SimulatorOptions) -> Void] = [
            { $0.limit = 0 }, { $0.defects = 2 }, { $0.window = 0 }, { $0.today = "yesterday" }, { $0.port = 70_000 },
            { $0.forbidden = ["nothing"] }, { $0.truthPath = "/nowhere/at/all" }, { $0.tokenLife = 0 },
            { $0.tokenUses = 0 },
            { $0.latency = -1 },
        ]
        for change in changes {
            var options = SimulatorOptions()
            change(&options)
            #expect(throws: SimulatorError.self) { try Simulator(options: options) }
        }
    }

    @Test func aTakenPortIsAnError() async throws {
        try await withSimulator { _, wire in
            var options = SimulatorOptions()
            options.port = wire.port
            let second = try Simulator(options: options)
            await #expect(throws: SimulatorError.self) { try await second.start() }
            await second.stop()
        }
    }
}
