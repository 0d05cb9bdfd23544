import ClioSimulator
import Foundation
import Testing

@Suite(.timeLimit(.minutes(5))) struct AccessTests {
    @Test func thereAreTwoKindsOf401() async throws {
        try await withSimulator { _, wire in
            var stranger = wire
            stranger.token = nil
            let none = await stranger.get("/api/v4/matters.json")
            #expect(none.status == 401)
            #expect(none.errorType == "UnauthorizedError")
            #expect(none["WWW-Authenticate"] == nil)
            let malformed = await stranger.get("/api/v4/matters.json", headers: ["Authorization": "Token x"])
            #expect(malformed.errorType == "UnauthorizedError")
            stranger.token = "of-another-region"
            let invalid = await stranger.get("/api/v4/matters.json")
            #expect(invalid.status == 401)
            #expect(invalid.object["error"] as? String == "invalid_token")
            #expect((invalid.object["error_description"] as? String)?.contains("expired, revoked") == true)
            #expect(invalid["WWW-Authenticate"] == #"Bearer error="invalid_token""#)
            for reply in [none, malformed, invalid] {
                for header in ["X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"] {
                    #expect(reply[header] == nil)
                }
            }
        }
    }

    @Test func theWindowIsFixedAndCountsPerToken() async throws {
        let clock = TurnedClock(1_774_972_810.4)
        try await withSimulator({
            $0.clock = { clock.now }
            $0.limit = 3
        }) { _, wire in
            for used in 1...3 {
                let reply = await wire.get("/api/v4/users/who_am_i")
                #expect(reply.status == 200)
                #expect(reply["X-RateLimit-Limit"] == "3")
                #expect(reply["X-RateLimit-Remaining"] == String(3 - used))
                #expect(reply["X-RateLimit-Reset"] == "1774972870")
                clock.turn(by: 10)
            }
            let refused = await wire.get("/api/v4/matters")
            #expect(refused.status == 429)
            #expect(refused.errorType == "RateLimited")
            #expect(refused.errorMessage == "Rate limit of 3 exceeded. Retry in 30 seconds.")
            #expect(refused["Retry-After"] == "30")
            #expect(refused["X-RateLimit-Remaining"] == "0")
            var other = wire
            other.token = try await freshToken(wire)
            #expect(await other.get("/api/v4/matters").status == 200)
            clock.turn(by: 29.5)
            #expect(await wire.get("/api/v4/matters").status == 429)
            clock.turn(by: 0.2)
            let again = await wire.get("/api/v4/matters")
            #expect(again.status == 200)
            #expect(again["X-RateLimit-Remaining"] == "2")
        }
    }

    @Test func tokensAgeAndAreRefreshedWithoutANewRefreshToken() async throws {
        let clock = TurnedClock()
        try await withSimulator({
            $0.clock = { clock.now }
            $0.tokenLife = 100
        }) { _, wire in
            #expect(await wire.get("/api/v4/matters").status == 200)
            clock.turn(by: 101)
            #expect(await wire.get("/api/v4/matters").object["error"] as? String == "invalid_token")
            let form =
                "grant_type=refresh_token&client_id=simulator-client&client_secret=simulator-secret&refresh_token="
            let granted = await wire.post("/oauth/token", form: form + "simulator-refresh-token")
            #expect(granted.status == 200)
            #expect(Set(granted.object.keys) == ["token_type", "access_token", "expires_in"])
            #expect(granted.object["expires_in"] as? Int == 100)
            var renewed = wire
            renewed.token = granted.object["access_token"] as? String
            #expect(await renewed.get("/api/v4/matters").status == 200)
            #expect(await wire.post("/oauth/token", form: form + "nonsense").status == 400)
            #expect(await wire.post("/oauth/token", form: form.replacing("secret=sim", with: "secret=x")).status == 401)
        }
    }

    @Test func aTokenIsGoodForSoManyRequests() async throws {
        try await withSimulator({ $0.tokenUses = 2 }) { _, wire in
            #expect(await wire.get("/api/v4/matters").status == 200)
            #expect(await wire.get("/api/v4/contacts").status == 200)
            #expect(await wire.get("/api/v4/matters").status == 401)
            let granted = await wire.post(
                "/oauth/token",
                form: "grant_type=refresh_token&client_id=simulator-client&client_secret=simulator-secret"
                    + "&refresh_token=simulator-refresh-token")
            var renewed = wire
            renewed.token = granted.object["access_token"] as? String
            #expect(await renewed.get("/api/v4/matters").status == 200)
        }
    }

    @Test func aCodeIsBoughtOnceAndRevokedForGood() async throws {
        try await withSimulator { _, wire in
            let consent = await wire.get(
                "/oauth/authorize?response_type=code&client_id=simulator-client&state=a%20b%26c"
                    + "&redirect_uri=http%3A%2F%2F127.0.0.1%3A1%2Fcallback")
            #expect(consent.status == 302)
            let location = try #require(consent["Location"])
            #expect(location.hasPrefix("http://127.0.0.1:1/callback?code="))
            #expect(location.hasSuffix("&state=a%20b%26c"))
            let code = try #require(location.firstMatch(of: /code=([^&]+)/)?.1)
            let form =
                "grant_type=authorization_code&client_id=simulator-client&client_secret=simulator-secret&code=\(code)"
                + "&redirect_uri=http%3A%2F%2F127.0.0.1%3A1%2Fcallback"
            let granted = await wire.post("/oauth/token", form: form)
            #expect(Set(granted.object.keys) == ["token_type", "access_token", "expires_in", "refresh_token"])
            #expect(await wire.post("/oauth/token", form: form).status == 400)
            var bearer = wire
            bearer.token = granted.object["access_token"] as? String
            #expect(await bearer.get("/api/v4/matters").status == 200)
            #expect(await bearer.post("/oauth/deauthorize").status == 200)
            #expect(await bearer.get("/api/v4/matters").status == 401)
            #expect(await bearer.post("/oauth/deauthorize").status == 401)
            let wrong = await wire.get("/oauth/authorize?response_type=code&client_id=x&redirect_uri=http://a")
            #expect(wrong.status == 401)
        }
    }

    @Test func versionsAreEchoedOrGone() async throws {
        try await withSimulator { _, wire in
            let plain = await wire.get("/api/v4/matters.json")
            #expect(plain["X-API-VERSION"] == "4.0.13")
            #expect(plain["Date"]?.hasSuffix(" GMT") == true)
            let old = await wire.get("/api/v4/matters.json", headers: ["X-API-VERSION": "4.0.10"])
            #expect(old.status == 200 && old["X-API-VERSION"] == "4.0.10")
            let gone = await wire.get("/api/v4/matters.json", headers: ["X-API-VERSION": "3.0.0"])
            #expect(gone.status == 410 && gone.errorType != nil)
        }
    }

    @Test func aForbiddenListAnswers403() async throws {
        try await withSimulator({ $0.forbidden = ["tasks"] }) { _, wire in
            let reply = await wire.get("/api/v4/tasks.json")
            #expect(reply.status == 403 && reply.errorType != nil)
            #expect(await wire.get("/api/v4/matters.json").status == 200)
        }
    }

    @Test func gzipComesWhenItIsTaken() async throws {
        try await withSimulator { _, wire in
            let plain = await wire.get("/api/v4/contacts.json?limit=100")
            #expect(plain["Content-Encoding"] == nil)
            let packed = await wire.get(
                "/api/v4/contacts.json?limit=100", headers: ["Accept-Encoding": "deflate, gzip;q=1.0"])
            #expect(packed["Content-Encoding"] == "gzip")
            #expect(packed.body.starts(with: [0x1F, 0x8B]) && packed.body.count < plain.body.count)
            let refused = await wire.get("/api/v4/contacts.json?limit=100", headers: ["Accept-Encoding": "gzip;q=0"])
            #expect(refused["Content-Encoding"] == nil)
        }
    }

    /// Fifty connections that are kept, with pages that take their time, must take that time once and not fifty times.
    @Test func fiftyConnectionsShareTheLatency() async throws {
        try await withSimulator({ $0.latency = 400 }) { simulator, wire in
            await withTaskGroup(of: Int.self) { group in
                for _ in 0..<50 { group.addTask { await wire.get("/api/v4/tasks.json?limit=1").status } }
                for await status in group { #expect(status == 200) }
            }
            #expect(simulator.requestCount == 50)
            #expect(simulator.requests.allSatisfy { $0.milliseconds >= 399 })
            // One after the other would need fifty times 400 ms from the first answer to the last.
            let ends = simulator.requests.map(\.time)
            let span = try #require(ends.max()) - #require(ends.min())
            #expect(span < 0.4 * 49, "\(span)")
        }
    }

    private func freshToken(_ wire: Wire) async throws -> String {
        let form = "grant_type=refresh_token&client_id=simulator-client&client_secret=simulator-secret"
        let granted = await wire.post("/oauth/token", form: form + "&refresh_token=simulator-refresh-token")
        return try #require(granted.object["access_token"] as? String)
    }

    @Test func oneProcessServesManyFirmsEachWithItsOwnLimit() async throws {
        try await withSimulator({
            $0.limit = 3
            $0.accounts = SimulatedAccount.further(2, after: $0)
        }) { _, wire in
            var accounts: Set<Int> = []
            for token in ["simulator-token", "simulator-token-2", "simulator-token-3"] {
                var own = wire
                own.token = token
                let who = await own.get("/api/v4/users/who_am_i?fields=id,account{id,name}")
                #expect(who["X-RateLimit-Remaining"] == "2")
                let user = try #require(who.object["data"] as? [String: Any])
                accounts.insert(try #require((user["account"] as? [String: Any])?["id"] as? Int))
            }
            #expect(accounts.count == 3)
        }
    }
}
