import Foundation
import Jobs
import Synchronization
import Testing

#if canImport(Glibc)
    import Glibc
#endif

@testable import StatusPage

@Suite(.timeLimit(.minutes(10)))
struct ServerTests {
    @Test("Pages, JSON, metrics and health answer on this machine without a token")
    func addresses() async throws {
        let sample = try Sample()
        try sample.job("smith")
        try await withPage(sample.options()) { wire in
            let all = await wire.get("/")
            #expect(all.status == 200 && all.body.contains("href=\"/firms/smith\""))
            let firm = await wire.get("/firms/smith")
            #expect(firm.status == 200 && firm.body.contains("<progress") && firm.body.contains("value=\"prioritize\""))
            let all2 = await wire.get("/api/status")
            #expect(all2.body.contains("\"connections\":[{\"connection\":\"smith\""))
            let one = await wire.get("/api/status/smith")
            #expect(one.headers["content-type"] == "application/json; charset=utf-8")
            let metrics = await wire.get("/metrics")
            #expect(metrics.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
            #expect(await wire.get("/healthz").body == "ok\n")
            for target in [
                "/firms/jones", "/firms", "/firms/smith/more", "/api/status/jones", "/x", "/assets/0/page.js",
            ] {
                #expect(await wire.get(target).status == 404, "\(target)")
            }
            let head = await wire.request("HEAD", "/")
            #expect(head.status == 200 && head.body.isEmpty)
            #expect(head.headers["content-length"] == String(await wire.get("/").body.utf8.count))
            for target in ["/%zz", "/%ff"] { #expect(await wire.get(target).status == 400, "\(target)") }
            #expect(await wire.request("DELETE", "/").status == 405)
        }
    }

    @Test("an address that cannot be listened on is named with the remedy")
    func listening() async throws {
        let sample = try Sample()
        try await withPage(sample.options()) { wire in
            var options = try sample.options()
            options.port = wire.port
            var error = await #expect(throws: StatusPageError.self) { try await StatusServer(options).start() }
            #expect(error?.description.hasPrefix("port \(wire.port): is taken by another program") == true)
            options.socket = "/nonexistent/page.socket"
            error = await #expect(throws: StatusPageError.self) { try await StatusServer(options).start() }
            #expect(error?.description.contains("choose another --socket") == true)
            #expect(error?.description.contains("\n") == false)
        }
    }

    @Test("nothing comes from elsewhere and nothing personal is kept")
    func headers() async throws {
        let sample = try Sample()
        try sample.job("smith")
        try await withPage(sample.options()) { wire in
            for target in ["/", "/firms/smith", "/api/status", "/metrics", "/nothing", "/healthz"] {
                let answer = await wire.get(target)
                #expect(answer.headers["cache-control"] == "no-store", "\(target)")
                #expect(answer.headers["x-content-type-options"] == "nosniff")
                #expect(answer.headers["referrer-policy"] == "same-origin")
                #expect(
                    answer.headers["content-security-policy"]?.hasPrefix("default-src 'none'; script-src 'self';")
                        == true)
                #expect(answer.headers["content-security-policy"]?.contains("unsafe") == false)
            }
            let page = await wire.get("/firms/smith").body
            // No inline script, style or handler; the CSP would stop them, and the page must not try.
            #expect(!page.contains(" style=") && !page.contains("<style") && !page.contains(" onclick="))
            #expect(page.components(separatedBy: "<script").count == 2)
            #expect(!page.contains("http://") && !page.contains("https://"))
            let script = try #require(page.components(separatedBy: "<script src=\"").last?.prefix { $0 != "\"" })
            let asset = await wire.get(String(script))
            #expect(asset.status == 200 && asset.headers["cache-control"]?.contains("immutable") == true)
        }
    }

    @Test("Prioritize and pause leave requests for the process that runs the job")
    func actions() async throws {
        let sample = try Sample()
        let job = try sample.job("smith")
        let store = try sample.store("smith")
        try await withPage(sample.options()) { wire in
            let page = await wire.get("/firms/smith")
            let cookie = try #require(page.cookie)
            let token = try #require(page.formToken)
            func post(_ body: String, _ headers: [String: String] = [:]) async -> Wire.Answer {
                await wire.request(
                    "POST", "/firms/smith/actions",
                    headers: ["Cookie": cookie, "Origin": "http://127.0.0.1:\(wire.port)"].merging(headers) { $1 },
                    body: body)
            }
            let asked = await post("csrf=\(token)&action=prioritize&entity=time_entries")
            #expect(asked.status == 303)
            let place = try #require(asked.headers["location"])
            let after = await wire.get(place, headers: ["Cookie": cookie])
            #expect(after.body.contains("Time entries come first from now on."))
            #expect(after.body.contains("asked for"))
            #expect(try store.takeRequests(job: job.id).map(\.kind) == [.prioritize(entity: "time_entries")])
            #expect(await post("csrf=\(token)&action=pause").status == 303)
            #expect(try store.takeRequests(job: job.id).map(\.kind) == [.stop])
            // Without the token, from elsewhere, for what is not there, from another session: nothing.
            #expect(await post("action=pause").status == 403)
            #expect(await post("csrf=\(token)&action=pause", ["Origin": "http://evil.example"]).status == 403)
            #expect(await post("csrf=\(token)&action=pause", ["Cookie": "x=y"]).status == 403)
            #expect(await post("csrf=\(token)&action=erase").status == 400)
            _ = await post("csrf=\(token)&action=prioritize&entity=nothing")
            _ = await post("csrf=\(token)&action=prioritize&entity=matters&group=8")
            _ = await post("csrf=\(token)&action=prioritize&entity=tasks&group=7")
            #expect(await wire.get("/firms/smith/actions", headers: ["Cookie": cookie]).status == 404)
            #expect(try store.takeRequests(job: job.id).isEmpty)
            let grouped = try #require(
                await post("csrf=\(token)&action=prioritize&entity=matters&group=7").headers["location"])
            #expect(
                await wire.get(grouped, headers: ["Cookie": cookie]).body.contains(
                    "Matters of Tax come first from now on."))
            #expect(
                try store.takeRequests(job: job.id).map(\.kind) == [.prioritizeGroup(entity: "matters", group: "7")])
        }
    }

    @Test("Resume hands over to whoever runs syncs, and not while one runs")
    func resume() async throws {
        let sample = try Sample()
        let asked = AskedFor()
        let job = try sample.job("smith")
        let store = try sample.store("smith")
        var options = try sample.options()
        options.resume = { request in
            asked.note(request)
            return ResumeAnswer(started: true, message: "It goes on <now>.")
        }
        try await withPage(options) { wire in
            let page = await wire.get("/firms/smith")
            let headers = ["Cookie": try #require(page.cookie)]
            let body = "csrf=\(try #require(page.formToken))&action=resume"
            func post() async throws -> String {
                let answer = await wire.request("POST", "/firms/smith/actions", headers: headers, body: body)
                return await wire.get(try #require(answer.headers["location"]), headers: headers).body
            }
            #expect(try await post().contains("It runs already, as process 4242"))
            #expect(asked.requests.isEmpty)
            var activity = sample.activity(job.id, now: Sample.now, done: 100)
            activity.hasEnded = true
            try store.note(activity)
            try store.updateJob(job.id) { $0.status = .paused }
            #expect(try await post().contains("It goes on &lt;now&gt;."))
            #expect(
                asked.requests == [
                    ResumeRequest(
                        connection: "smith", jobID: job.id, phases: job.phases,
                        database: "databases/firm.sqlite")
                ])
        }
    }

    @Test("another name for this machine reads nothing (DNS rebinding)")
    func rebinding() async throws {
        let sample = try Sample()
        try sample.job("smith")
        try await withPage(sample.options()) { wire in
            for target in ["/", "/firms/smith", "/api/status", "/metrics", "/events"] {
                let answer = await wire.get(target, headers: ["Host": "evil.example:\(wire.port)"])
                #expect(answer.status == 421 && !answer.body.contains("smith"), "\(target)")
            }
        }
    }

    @Test("with a token, nothing is told without it")
    func token() async throws {
        let sample = try Sample()
        try sample.job("smith")
        var options = try sample.options()
        options.token = "0123456789abcdef"
        try await withPage(options) { wire in
            for target in [
                "/", "/firms/smith", "/firms/jones", "/api/status", "/metrics", "/events", "/events?firm=smith",
            ] {
                let answer = await wire.get(target)
                #expect(answer.status == 401 && !answer.body.contains("smith"), "\(target)")
                #expect(answer.headers["set-cookie"] == nil)
            }
            #expect(await wire.get("/healthz").status == 200)
            let bearer = ["Authorization": "Bearer 0123456789abcdef"]
            #expect(await wire.get("/metrics", headers: bearer).status == 200)
            #expect(await wire.request("POST", "/login", body: "token=wrong").status == 401)
            let origin = ["Origin": "http://evil.example"]
            #expect(await wire.request("POST", "/login", headers: origin, body: "token=0123456789abcdef").status == 403)
            let login = await wire.request("POST", "/login", body: "token=0123456789abcdef")
            #expect(login.status == 303)
            let page = await wire.get("/", headers: ["Cookie": try #require(login.cookie)])
            #expect(page.status == 200 && page.body.contains("smith") && page.body.contains("Log out"))
            let leave = await wire.request(
                "POST", "/logout", headers: ["Cookie": try #require(login.cookie)],
                body: "csrf=\(try #require(page.formToken))")
            #expect(leave.headers["set-cookie"]?.contains("Max-Age=0") == true)
            // A program needs no form token: no browser sends its bearer by itself.
            let stop = await wire.request("POST", "/firms/smith/actions", headers: bearer, body: "action=pause")
            #expect(stop.status == 200 && stop.body.contains("\"done\""))
        }
    }

    @Test("a firm's link shows that firm and nothing else")
    func link() async throws {
        let sample = try Sample()
        try sample.job("smith")
        try sample.job("jones")
        var options = try sample.options()
        options.token = "0123456789abcdef"
        options.linkSecret = "fedcba9876543210"
        try await withPage(options) { wire in
            let end = Int64(Sample.now) + 600
            let target = SignedLink(firm: "smith", expires: end).target(secret: "fedcba9876543210")
            let opened = await wire.get(target)
            // A page that leads on, not a redirect: behind a mail's link a redirect would come without the cookie.
            #expect(opened.status == 200 && opened.body.contains("url=/firms/smith"))
            let headers = ["Cookie": try #require(opened.cookie)]
            let page = await wire.get("/firms/smith", headers: headers)
            #expect(page.status == 200 && !page.body.contains("jones"))
            #expect(page.body.contains("value=\"prioritize\"") && !page.body.contains("value=\"pause\""))
            #expect(await wire.get("/", headers: headers).headers["location"] == "/firms/smith")
            for other in ["/firms/jones", "/api/status/jones", "/metrics", "/events", "/events?firm=jones"] {
                let answer = await wire.get(other, headers: headers)
                #expect(answer.status == 404 && !answer.body.contains("jones"), "\(other)")
            }
            let json = await wire.get("/api/status", headers: headers).body
            #expect(json.contains("smith") && !json.contains("jones"))
            let token = try #require(page.formToken)
            func post(_ firm: String, _ action: String) async -> Int {
                await wire.request(
                    "POST", "/firms/\(firm)/actions", headers: headers, body: "csrf=\(token)&\(action)"
                ).status
            }
            #expect(await post("smith", "action=prioritize&entity=tasks") == 303)
            #expect(await post("smith", "action=pause") == 403)
            #expect(await post("smith", "action=resume") == 403)
            #expect(await post("jones", "action=prioritize&entity=tasks") == 404)
            #expect(await wire.get(target.replacing("smith", with: "jones")).status == 403)
            #expect(await wire.get(target.replacing("expires=\(end)", with: "expires=\(end + 1)")).status == 403)
        }
    }

    @Test("Watching pages get what changed, and the form token of their own session")
    func events() async throws {
        let sample = try Sample()
        let job = try sample.job("smith")
        let store = try sample.store("smith")
        try await withPage(sample.options(), heartbeat: 0.5) { wire in
            let page = await wire.get("/firms/smith")
            let cookie = try #require(page.cookie)
            async let stream = wire.exchange(
                "GET /events?firm=smith HTTP/1.1\r\nHost: localhost\r\nCookie: \(cookie)\r\n\r\n", until: "250<")
            while await !wire.get("/metrics").body.contains("cliosync_status_page_watchers 1\n") {
                try await Task.sleep(for: .milliseconds(50))
            }
            try await Task.sleep(for: .milliseconds(700))
            try store.note(sample.activity(job.id, now: Sample.now, done: 250))
            let text = await stream
            #expect(text.contains("Content-Type: text/event-stream"))
            #expect(text.contains("\r\nretry: 3000\n\n\r\n") && text.contains("\r\nevent: page\ndata: "))
            #expect(text.contains(">100<") && text.contains(">250<"))
            #expect(text.contains("value=\"\(try #require(page.formToken))\""))
            #expect(!text.contains(Router.tokenMark))
            let quiet = await wire.exchange("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n", until: ": still here")
            #expect(quiet.contains(": still here\n\n"))
        }
    }

    @Test("many watchers keep nobody from the page, and are counted and let go when they leave")
    func manyWatchers() async throws {
        let sample = try Sample()
        try sample.job("smith")
        try await withPage(sample.options(), streams: 8, heartbeat: 0.2) { wire in
            func count(_ number: Int) async throws -> Bool {
                for _ in 0..<300 {
                    let metrics = await wire.get("/metrics").body
                    if metrics.contains("cliosync_status_page_watchers \(number)\n") { return true }
                    try await Task.sleep(for: .milliseconds(100))
                }
                return false
            }
            let request = "GET /events?firm=smith HTTP/1.1\r\nHost: localhost\r\n\r\n"
            // They read nothing, and stay.
            let silent = try (0..<8).map { _ in try wire.open(request) }
            #expect(try await count(8))
            for _ in 0..<3 { #expect(await wire.exchange(request, until: "watch already").hasPrefix("HTTP/1.1 503 ")) }
            #expect(await wire.get("/firms/smith").status == 200)
            // They leave; a heartbeat finds out.
            for file in silent { close(file) }
            #expect(try await count(0))
        }
    }

    @Test("the server stops, whoever watches")
    func stop() async throws {
        let sample = try Sample()
        try sample.job("smith")
        let server = StatusServer(try sample.options())
        let wire = Wire(port: try await server.start())
        let watcher = try wire.open("GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        defer { close(watcher) }
        while await !wire.get("/metrics").body.contains("cliosync_status_page_watchers 1\n") {
            try await Task.sleep(for: .milliseconds(50))
        }
        await server.stop()
        try await server.wait()
        #expect(await wire.get("/healthz").status == 0)
    }

    @Test func aTakenPortIsSaid() async throws {
        let sample = try Sample()
        try await withPage(sample.options()) { wire in
            var options = try sample.options()
            options.port = wire.port
            await #expect(throws: StatusPageError.self) { try await StatusServer(options).start() }
        }
    }
}

/// What the page asked to be resumed.
private final class AskedFor: Sendable {
    private let list = Mutex<[ResumeRequest]>([])
    var requests: [ResumeRequest] { list.withLock { $0 } }
    func note(_ request: ResumeRequest) { list.withLock { $0.append(request) } }
}
