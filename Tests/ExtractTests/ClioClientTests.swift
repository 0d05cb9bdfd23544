import Foundation
import Logging
import Staging
import Synchronization
import Testing

@testable import Extract

@Suite(.timeLimit(.minutes(5))) struct ClioClientTests {
    private static let refused =
        #"{"error":{"type":"RateLimited","message":"Rate limit of 50 exceeded. Retry in 23 seconds."}}"#
    private static let disguised =
        #"{"metadata":{"encodingDecoded":"text/plain"},"data":"eyJlcnJvciI6IHsidHlwZSI6ICJSYXRlTGltaXRlZCJ9fQ=="}"#

    private func bench(_ troubles: [Int: ClioDouble.Trouble] = [:], count: Int = 7) async throws -> Bench {
        var state = ClioDouble.State()
        state.lists["things"] = .init(records: records(count))
        state.troubles = troubles
        return try await Bench(state)
    }

    private func failure(_ bench: Bench, _ client: ClioClient? = nil) async throws -> ClioError {
        do {
            let client = try client ?? bench.client()
            _ = try await client.count(entity())
            Issue.record("no error")
            throw CancellationError()
        } catch let error as ClioError {
            return error
        }
    }

    /// The window of allowed hours opens by itself: nothing is requested before, and everything after.
    @Test func aRequestWaitsForTheWindowAndIsThenMade() async throws {
        let bench = try await bench()
        let turned = TurnedClock()
        let start = 1_790_000_000.0
        let opens = start + 6 * 3600
        var settings = ExtractSettings()
        settings.baseURL = bench.double.baseURL
        settings.heldUntil = { $0 < opens ? opens : nil }
        var clock = turned.clock
        let wall: @Sendable () -> Double = { [now = clock.now] in start + now() }
        let requestsBefore = Mutex<Set<Int>>([])
        clock.wall = wall
        let sleep = clock.sleep
        clock.sleep = { seconds in
            if wall() < opens { requestsBefore.withLock { _ = $0.insert(bench.double.requests.count) } }
            await sleep(seconds)
        }
        let tokens = TokenStore(
            accessToken: "T1", refreshToken: nil, clientID: nil, clientSecret: nil, file: nil, baseURL: settings.baseURL
        )
        let client = try ClioClient(
            settings, tokens: tokens, accessToken: "T1",
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, clock: clock)
        #expect(try await client.count(entity()) == 7)
        #expect(wall() >= opens && wall() < opens + 60)
        #expect(requestsBefore.withLock { $0 } == [0])
        await bench.close()
    }

    @Test func theUserAndTheLimitsAreRead() async throws {
        let bench = try await bench()
        let client = try bench.client()
        let account = try await client.whoAmI()
        #expect(account.userID == 350_963_386 && account.userName == "Ada" && account.id == nil)
        #expect(await client.budget.limits.limit == 100_000)
        #expect(await client.budget.limits.budget == 90_000)
        await bench.close()
    }

    @Test func aCountCostsOneRequestForOneRecord() async throws {
        let bench = try await bench()
        #expect(try await bench.client().count(entity()) == 7)
        #expect(bench.double.requests == ["/api/v4/things.json?limit=1&fields=id&order=id(asc)"])
        await bench.close()
    }

    @Test(arguments: [500, 502, 503, 504, 408])
    func transientErrorsAreTriedAgain(status: Int) async throws {
        let bench = try await bench([1: .status(status), 2: .status(status), 3: .body("<html>gateway</html>")])
        #expect(try await bench.client().count(entity()) == 7)
        #expect(bench.double.requests.count == 4)
        await bench.close()
    }

    @Test func afterFiveRetriesItGivesUp() async throws {
        let bench = try await bench(Dictionary(uniqueKeysWithValues: (1...9).map { ($0, .status(503)) }))
        let error = try await failure(bench)
        #expect(error.kind == .transient)
        #expect(!error.isCritical)
        #expect(bench.double.requests.count == 6)
        await bench.close()
    }

    @Test(arguments: [#"{"data":null}"#, #"{"data":[{"id":1}"#, "", #"{"data":[{"id":1},"meta":{}}"#])
    func aBadPageIsAskedForAgain(_ body: String) async throws {
        let bench = try await bench([1: .body(body)])
        #expect(try await bench.client().count(entity()) == 7)
        #expect(bench.double.requests.count == 2)
        await bench.close()
    }

    @Test func aRefusalWaitsForItsTime() async throws {
        let bench = try await bench([2: .status(429, body: Self.refused, headers: ["Retry-After": "23"])])
        let client = try bench.client()
        _ = try await client.count(entity())
        let before = client.clock.now()
        #expect(try await client.count(entity()) == 7)
        #expect(client.clock.now() - before >= 23)
        #expect(client.clock.now() - before < 40)
        #expect(await client.budget.counts.throttled == 1)
        await bench.close()
    }

    @Test func aDisguisedRefusalWaitsForAMinute() async throws {
        let bench = try await bench([2: .body(Self.disguised)])
        let client = try bench.client()
        _ = try await client.count(entity())
        let before = client.clock.now()
        #expect(try await client.count(entity()) == 7)
        #expect(client.clock.now() - before >= 60)
        await bench.close()
    }

    @Test func anExpiredTokenIsRenewedOnceForAll() async throws {
        let bench = try await bench()
        bench.double.state.withLock {
            $0.validTokens = ["T2"]
            $0.refreshAnswers = [#"{"token_type":"bearer","access_token":"T2","expires_in":2592000}"#]
        }
        let file = bench.staging + "/token.json"
        let client = try bench.client(token: "T1", refresh: "R/1+", file: file)
        try await withThrowingTaskGroup(of: Int?.self) { group in
            for _ in 0..<5 { group.addTask { try await client.count(entity()) } }
            for try await count in group { #expect(count == 7) }
        }
        let refreshes = bench.double.state.withLock { $0.refreshes }
        #expect(
            refreshes == ["grant_type=refresh_token&refresh_token=R%2F1%2B&client_id=id%261&client_secret=s%3Dcret"])
        // The answer named no new refresh token: the old one stays.
        let kept = try #require(try TokenFile.read(file))
        #expect(kept.accessToken == "T2")
        #expect(kept.refreshToken == "R/1+")
        #expect(kept.expiresAt != nil)
        let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        await bench.close()
    }

    /// Clio took the new token for one question; that it refuses it afterwards means that it has expired again.
    @Test func aRenewedTokenThatClioConfirmedMayExpire() async throws {
        let bench = try await bench()
        bench.double.state.withLock {
            $0.validTokens = ["T2"]
            $0.refreshAnswers = [#"{"access_token":"T2"}"#, #"{"access_token":"T3"}"#]
        }
        let double = bench.double
        bench.double.state.withLock {
            // The list with the stale token, then `who_am_i` with the new one.
            $0.onRequest = { number in if number == 2 { double.state.withLock { $0.validTokens = ["T3"] } } }
        }
        let client = try bench.client(token: "T1", refresh: "R")
        client.expect(Account(userID: 350_963_386, userName: "Ada", baseURL: bench.double.baseURL))
        #expect(try await client.count(entity()) == 7)
        #expect(bench.double.state.withLock { $0.refreshes.count } == 2)
        await bench.close()
    }

    /// A gateway's page while the new token's user is asked for: retried like any other request, and named if it stays.
    @Test(arguments: [403, 404, 451])
    func aBlockPageInsteadOfTheUserIsRetriedAndNamed(_ status: Int) async throws {
        let page = ClioDouble.Trouble.status(
            status, body: "<html><head><title>Access denied</title></head></html>",
            headers: ["Server": "gate/1", "Content-Type": "text/html"])
        for times in [1, 9] {
            let bench = try await bench(Dictionary(uniqueKeysWithValues: (2...(times + 1)).map { ($0, page) }))
            bench.double.state.withLock {
                $0.validTokens = ["T2"]
                $0.refreshAnswers = [#"{"access_token":"T2"}"#]
            }
            let client = try bench.client(token: "T1", refresh: "R")
            client.expect(Account(userID: 350_963_386, baseURL: bench.double.baseURL))
            if times == 1 {
                #expect(try await client.count(entity()) == 7)
            } else {
                let error = try await failure(bench, client)
                #expect(error.kind == .blocked)
                #expect(error.description.contains("server gate/1"))
            }
            #expect(bench.double.state.withLock { $0.refreshes.count } == 1)
            await bench.close()
        }
    }

    /// What answers a renewal and passes by itself does not end the run: a gateway, maintenance, the rate.
    @Test(arguments: [
        ClioDouble.Trouble.status(403, body: "<html></html>", headers: ["Content-Type": "text/html"]),
        .status(429, body: "{}"), .status(503, body: "{}"), .status(408, body: "{}"),
    ])
    func aRenewalIsTriedAgain(_ trouble: ClioDouble.Trouble) async throws {
        for times in [4, 9] {
            let bench = try await bench()
            bench.double.state.withLock { state in
                state.validTokens = ["T2"]
                state.refreshAnswers = [#"{"access_token":"T2"}"#]
                for number in 1...times { state.refreshTroubles[number] = trouble }
            }
            let client = try bench.client(token: "T1", refresh: "R")
            if times == 4 {
                #expect(try await client.count(entity()) == 7)
            } else {
                let error = try await failure(bench, client)
                #expect(error.kind == .transient || error.kind == .unusableServer)
            }
            #expect(bench.double.state.withLock { $0.refreshes.count } == (times == 4 ? 5 : 6))
            #expect(bench.clock.slept.withLock { $0.reduce(0, +) } > 5)
            await bench.close()
        }
    }

    @Test func aGatewaysPageInsteadOfTheUserIsRetried() async throws {
        let page = ClioDouble.Trouble.status(
            503, body: "<TITLE>Busy</TITLE>", headers: ["Via": "1.1 edge", "Content-Type": "text/html"])
        for times in [1, 9] {
            let bench = try await bench(Dictionary(uniqueKeysWithValues: (2...(times + 1)).map { ($0, page) }))
            bench.double.state.withLock {
                $0.validTokens = ["T2"]
                $0.refreshAnswers = [#"{"access_token":"T2"}"#]
            }
            let client = try bench.client(token: "T1", refresh: "R")
            client.expect(Account(userID: 350_963_386, baseURL: bench.double.baseURL))
            if times == 1 {
                #expect(try await client.count(entity()) == 7)
                await bench.close()
            } else {
                let error = try await failure(bench, client)
                #expect(error.kind == .transient)
                #expect(error.description.contains("answered 503 (via 1.1 edge"))
            }
        }
    }

    /// On some plans `who_am_i` is forbidden: what stands for the login must not change when it is renewed.
    @Test func theMarkOfALoginStaysWhenItsTokensAreRenewed() async throws {
        let bench = try await bench()
        bench.double.state.withLock {
            $0.validTokens = ["T3"]
            $0.refreshAnswers = [
                #"{"access_token":"T2","refresh_token":"R2"}"#, #"{"access_token":"T3","refresh_token":"R3"}"#,
            ]
        }
        let file = bench.staging + "/token.json"
        let base = bench.double.baseURL
        try TokenFile(accessToken: "T1", refreshToken: "R1", expiresAt: nil, baseURL: base).write(to: file)
        let mark = TokenFile.mark(baseURL: base, accessToken: "T1", refreshToken: "R1")
        for (token, refresh) in [("T1", "R1"), ("T2", "R2")] {
            _ = try? await bench.client(token: token, refresh: refresh, file: file).renewToken()
            #expect(try TokenFile.read(file)?.mark == mark)
        }
        #expect(try TokenFile.read(file)?.accessToken == "T3")
        await bench.close()
    }

    @Test func aTokenThatAnotherProcessRenewedIsTaken() async throws {
        let bench = try await bench()
        bench.double.state.withLock { $0.validTokens = ["T9"] }
        let file = bench.staging + "/token.json"
        try TokenFile(accessToken: "T9", refreshToken: "R9", expiresAt: nil, baseURL: bench.double.baseURL)
            .write(to: file)
        #expect(try await bench.client(token: "T1", refresh: "R", file: file).count(entity()) == 7)
        #expect(bench.double.state.withLock { $0.refreshes.isEmpty })
        await bench.close()
    }

    @Test func aTokenThatCannotBeRenewedIsCritical() async throws {
        let bench = try await bench()
        let error = try await failure(bench, bench.client(token: "stale-secret"))
        #expect(error.kind == .unauthorized)
        #expect(error.isCritical)
        #expect(!error.description.contains("stale-secret"))
        let refused = try await failure(bench, bench.client(token: "stale", refresh: "R"))
        #expect(refused.kind == .unauthorized)
        #expect(bench.double.state.withLock { $0.refreshes.count } == 1)
        await bench.close()
    }

    @Test func theOtherShapeOf401IsUnderstoodToo() async throws {
        let body = #"{"error":{"type":"UnauthorizedError","message":"User is not authorized"}}"#
        let bench = try await bench([1: .status(401, body: body)])
        bench.double.state.withLock { $0.refreshAnswers = [#"{"access_token":"T1"}"#] }
        // The renewed token is the same here; a second 401 would be an error.
        #expect(try await bench.client(refresh: "R").count(entity()) == 7)
        await bench.close()
    }

    @Test(arguments: [403, 401, 404, 407, 400, 451])
    func aBlockPageIsNotClioRefusingItsUser(_ status: Int) async throws {
        let page = "<html><head><title>Access\n denied</title></head><body>private words</body></html>"
        let trouble = ClioDouble.Trouble.status(
            status, body: page, headers: ["Server": "gate/1", "Content-Type": "text/html"])
        let bench = try await bench(Dictionary(uniqueKeysWithValues: (1...9).map { ($0, trouble) }))
        let error = try await failure(bench, bench.client(refresh: "R"))
        #expect(error.kind == .blocked)
        // A page may be the answer for one list only; a proxy's 407 is the answer to everything.
        #expect(error.isCritical == (status == 407))
        #expect(error.status == status)
        #expect(error.description.contains("page title \"Access denied\""))
        #expect(error.description.contains(status == 407 ? "HTTPS_PROXY" : "network administrator"))
        #expect(!error.description.contains("private words"))
        #expect(bench.double.state.withLock { $0.refreshes.isEmpty })
        // Once and five retries; a password will not come by itself.
        #expect(bench.double.requests.count == (status == 407 ? 1 : 6))
        await bench.close()
    }

    @Test(arguments: [403, 401, 404, 451])
    func aBlockPageThatPassesIsRetried(_ status: Int) async throws {
        let bench = try await bench([
            1: .status(status, body: "<html></html>", headers: ["Content-Type": "text/html", "Retry-After": "40"])
        ])
        #expect(try await bench.client(refresh: "R").count(entity()) == 7)
        #expect(bench.clock.slept.withLock { $0.reduce(0, +) } >= 40)
        #expect(bench.double.state.withLock { $0.refreshes.isEmpty })
        await bench.close()
    }

    @Test(arguments: [502, 503, 504, 522])
    func aGatewaysErrorPageIsRetriedAndNamed(_ status: Int) async throws {
        let page = ClioDouble.Trouble.status(
            status, body: "<TITLE>Bad gateway</TITLE>", headers: ["Via": "1.1 edge", "Content-Type": "text/html"])
        let passing = try await bench([1: page])
        #expect(try await passing.client().count(entity()) == 7)
        await passing.close()
        let lasting = try await bench(Dictionary(uniqueKeysWithValues: (1...9).map { ($0, page) }))
        let error = try await failure(lasting)
        #expect(error.kind == .transient)
        #expect(error.description.contains("answered \(status) (via 1.1 edge, page title \"Bad gateway\")"))
        await lasting.close()
    }

    private static let portal = "<html><head><title>Hotel sign-in</title></head><body>room number?</body></html>"

    /// A network's sign-in page comes with status 200, or with 511.
    @Test(arguments: [200, 203, 511])
    func aSignInPageIsRetriedAndNamed(_ status: Int) async throws {
        let page = ClioDouble.Trouble.status(status, body: Self.portal, headers: ["Content-Type": "text/html"])
        let passing = try await bench([1: page])
        #expect(try await passing.client().count(entity()) == 7)
        await passing.close()
        let lasting = try await bench(Dictionary(uniqueKeysWithValues: (1...9).map { ($0, page) }))
        let error = try await failure(lasting)
        #expect(error.kind == .blocked)
        #expect(error.description.contains("answered \(status) (page title \"Hotel sign-in\"), not Clio; sign in to"))
        #expect(lasting.double.requests.count == 6)
        await lasting.close()
    }

    @Test func jsonIsReadWhateverItsTypeIsCalled() async throws {
        let answer = ClioDouble.Trouble.status(
            200, body: #" {"data":[{"id":1}],"meta":{"records":7}}"#, headers: ["Content-Type": "text/html"])
        let bench = try await bench([1: answer])
        #expect(try await bench.client().count(entity()) == 7)
        #expect(bench.double.requests.count == 1)
        await bench.close()
    }

    /// A check does not call healthy what is no answer of Clio.
    @Test(arguments: [
        (ClioDouble.Trouble.status(200, body: portal, headers: ["Content-Type": "text/html"]), "Hotel sign-in"),
        (.status(511, body: portal, headers: ["Content-Type": "text/html"]), "sign in to this network"),
        (.status(302, headers: ["Location": "http://login.example/?from=clio"]), "leads to http://login.example"),
        (.body(#"{"data":"<html></html>"}"#), "answered 200, but with no "), (.body("OK"), "but with no "),
        (.body(""), "but with no "), (.body(#"[{"id":1}]"#), "but with no "), (.status(204), "but with no "),
    ])
    func aCheckTellsClioFromSomethingElse(_ trouble: ClioDouble.Trouble, _ words: String) async throws {
        let bench = try await bench([1: trouble, 2: trouble])
        let client = try bench.client()
        for probe in [await client.probeUser(), await client.probe(entity())] {
            let said = (probe.failure ?? probe.blockedBy ?? "") + "; " + probe.remedy
            #expect(said.contains(words), "\(said)")
            #expect(!probe.remedy.isEmpty)
        }
        let healthy = [await client.probeUser(), await client.probe(entity())]
        #expect(healthy.allSatisfy { $0.failure == nil && $0.blockedBy == nil })
        await bench.close()
    }

    /// Neither Clio's JSON nor a word about the rate limit: what answered is not known to be Clio.
    @Test(arguments: ["RBAC: access denied", #"{"message":"Forbidden"}"#, ""])
    func aRefusalWithoutAPageIsNotClioEither(_ body: String) async throws {
        for status in [403, 404] {
            let trouble = ClioDouble.Trouble.status(status, body: body, headers: ["X-RateLimit-Limit": ""])
            let bench = try await bench(Dictionary(uniqueKeysWithValues: (1...9).map { ($0, trouble) }))
            let error = try await failure(bench)
            #expect(error.kind == .blocked)
            #expect(error.description.contains("something between here and Clio answered \(status)"))
            await bench.close()
        }
    }

    @Test(arguments: [#"{"error":{"type":"ForbiddenError","message":"no"}}"#, ""])
    func clioRefusingItsUserStaysAMissingRight(_ body: String) async throws {
        let bench = try await bench([1: .status(403, body: body, headers: ["Server": "cloudflare"])])
        #expect(try await failure(bench).kind == .forbidden)
        await bench.close()
    }

    /// Six tries and no more, so that an estimate or a run without a network ends soon.
    @Test(arguments: ["http://127.0.0.1:9", "https://clio.invalid"])
    func withoutANetworkAQuestionEndsAfterSixTries(_ base: String) async throws {
        let turned = TurnedClock()
        var settings = ExtractSettings()
        settings.baseURL = base
        let tokens = TokenStore(
            accessToken: "T1", refreshToken: nil, clientID: nil, clientSecret: nil, file: nil, baseURL: base)
        let client = try ClioClient(
            settings, tokens: tokens, accessToken: "T1",
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, clock: turned.clock)
        let tries = Mutex(0)
        let context = CallContext(
            entity: "things",
            onEvent: { event in
                if case .requestStarted = event { tries.withLock { $0 += 1 } }
            })
        let error = await #expect(throws: ClioError.self) {
            try await client.count(entity(), adding: [], context)
        }
        #expect(error?.kind == .unreachable)
        #expect(tries.withLock { $0 } == 6)
        #expect(turned.slept.withLock { $0.reduce(0, +) } < 60)
    }

    /// Promise 6: the bearer goes to the configured host only.
    @Test func aRedirectElsewhereIsNotFollowed() async throws {
        let bench = try await bench([1: .status(307, headers: ["Location": "http://127.0.0.1:1/api"])])
        let error = try await failure(bench)
        #expect(error.kind == .foreignAddress)
        #expect(error.isCritical)
        await bench.close()
    }

    @Test func aRedirectWithinTheHostIsFollowed() async throws {
        let bench = try await bench([1: .status(307, headers: ["Location": "/api/v4/things.json?limit=1"])])
        #expect(try await bench.client().count(entity()) == 7)
        await bench.close()
    }

    @Test(arguments: ["http://app.clio.com", "app.clio.com", "https://a@b/", "ftp://app.clio.com"])
    func unusableBaseAddressesAreRefused(_ base: String) async throws {
        var settings = ExtractSettings()
        settings.baseURL = base
        let tokens = TokenStore(accessToken: "T", baseURL: base)
        #expect(throws: ClioError.self) {
            try ClioClient(settings, tokens: tokens, accessToken: "T", logger: .init(label: "t"))
        }
    }

    @Test func queriesAreEncodedOnce() {
        #expect(
            QueryString.query([
                ("fields", "id,client{id,name}"), ("order", "id(asc)"), ("open_date[]", ">=2020-01-01 &+"),
            ])
                == "fields=id,client%7Bid,name%7D&order=id(asc)&open_date%5B%5D=%3E%3D2020-01-01%20%26%2B")
    }
}
