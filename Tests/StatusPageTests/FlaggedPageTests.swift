import Foundation
import SQLite
import Synchronization
import Testing

@testable import Jobs
@testable import Pipelines
@testable import Progress
@testable import StatusPage

/// The records of one rule: who sees what of them, and who decides.
@Suite(.timeLimit(.minutes(10))) struct FlaggedPageTests {
    private static let secret = "Anna \u{202E}<b>\"Smith\"</b>"

    private static let rule = FlaggedRule(
        phase: "core", entity: "matters", rule: "allowed", path: "status", isRejection: true, records: 60,
        message: "\"Archived\" is none of Open, Closed", examples: [])

    private static func view(_ scope: Grant.Scope, decide: Bool = true) -> String {
        FlaggedView(
            status: SampleStatus.firm("smith", .completed), rule: rule,
            records: [
                FlaggedRecord(
                    id: "17", part: "part-0001", line: 3, path: "status", isRejection: true, message: "m",
                    value: secret),
                FlaggedRecord(
                    id: "18", part: "part-0001", line: 4, path: "status", isRejection: true, message: "m",
                    decision: "reject", note: "a test <record>"),
                FlaggedRecord(
                    id: "x\" onclick=\"", part: "part-0001", line: 5, path: "status", isRejection: true, message: "m"),
                FlaggedRecord(id: nil, part: "part-0002", line: 1_234, path: "status", isRejection: true, message: "m"),
            ],
            links: ClioLinks(
                templates: ["core/matters": LinkTemplate("https://{host}/nc/#/matters/{id}")].compactMapValues { $0 },
                site: "eu.app.clio.com"),
            waiting: [
                FlaggedDecision.Place(id: "17", path: "status"): FlaggedDecision(verdict: "accept", note: "fine")
            ],
            grant: Grant(scope: scope, session: "s", expires: 0), mayDecide: decide, formToken: "form-token"
        ).main.text
    }

    @Test func aRecordLeadsToClioAndOneWithoutAnIDIsShownByItsLine() {
        let text = Self.view(.all)
        #expect(text.contains("href=\"https://eu.app.clio.com/nc/#/matters/17\" rel=\"noopener noreferrer\""))
        #expect(text.contains("without a usable id") && text.contains("part-0002, line 1,234"))
        // An id that is none leads nowhere.
        #expect(text.contains("x&quot; onclick=&quot;") && text.components(separatedBy: "https://").count == 3)
        #expect(text.contains("accepted<span class=\"sub\">waits for the next sync: fine"))
        #expect(text.contains("rejected<span class=\"sub\">a test &lt;record&gt;"))
    }

    @Test func valuesAreForThoseWhoMaySeeThemAndFormsForOperations() {
        let values = Self.view(.allWithValues)
        #expect(
            values.contains("Anna \\u{202e}&lt;b&gt;&quot;Smith&quot;&lt;/b&gt;") && values.contains("value=\"accept\"")
        )
        let operations = Self.view(.all)
        #expect(
            !operations.contains("Anna") && operations.contains("Archived") && operations.contains("value=\"accept\""))
        let firm = Self.view(.firm("smith"), decide: false)
        for word in ["Anna", "Archived", "value=\"accept\"", "a test", "fine", "cliosync"] {
            #expect(!firm.contains(word), "\(word)")
        }
        #expect(firm.contains("https://eu.app.clio.com/nc/#/matters/17"))
    }

    @Test func everyFormHasTheTokenOfItsSessionAndALabel() {
        let text = Self.view(.all)
        let forms = text.components(separatedBy: "<form").count
        // Three records with an id, and all of them.
        #expect(forms == 5 && text.components(separatedBy: "value=\"form-token\"").count == forms)
        #expect(text.components(separatedBy: "<label").count == forms)
        #expect(!Self.view(.all, decide: false).contains("<form"))
    }

    // MARK: Through the server

    /// Remembers what was asked.
    private final class Desk: Sendable {
        private let requests = Mutex<[DecisionRequest]>([])
        var asked: [DecisionRequest] { requests.withLock { $0 } }

        func decide(_ request: DecisionRequest) -> DecisionAnswer {
            requests.withLock { $0.append(request) }
            return DecisionAnswer(isWritten: true, message: "1 record accepted.")
        }
    }

    /// A firm with one rejected matter in its database.
    private func flaggedFirm(_ sample: Sample) throws {
        let job = try sample.job("smith", live: false)
        let database = "\(sample.staging)/firm.sqlite"
        let connection = try SQLiteConnection(path: database, mode: .create)
        try connection.execute(
            """
            CREATE TABLE flagged_violations(entity, phase, id, severity, rule, path, message, decision, part, line, value, note);
            INSERT INTO flagged_violations VALUES
                ('matters', 'core', 17, 'reject', 'allowed', 'status', 'none of Open', NULL, 'part-0001', 3, '"secret"', NULL);
            """)
        var activity = JobActivity(jobID: job.id, processID: 1, startedAt: Sample.now - 600, database: database)
        activity.hasEnded = true
        try sample.store("smith").note(activity)
    }

    private static let address = "/firms/smith/flagged?phase=core&entity=matters&rule=allowed&path=status"
    private static let decision = "action=accept&phase=core&entity=matters&rule=allowed&path=status"

    @Test func eachTokenOpensWhatItIsFor() async throws {
        let sample = try Sample()
        try flaggedFirm(sample)
        try sample.job("jones")
        var options = try sample.options()
        options.token = "0123456789abcdef"
        options.valuesToken = "fedcba9876543210"
        options.linkSecret = "0000000000000000"
        options.decide = { _ in DecisionAnswer(isWritten: true, message: "done") }
        try await withPage(options) { wire in
            func bearer(_ token: String) -> [String: String] { ["Authorization": "Bearer \(token)"] }
            let plain = await wire.get(Self.address, headers: bearer("0123456789abcdef"))
            #expect(plain.status == 200 && !plain.body.contains("secret") && plain.body.contains(">17"))
            let values = await wire.get(Self.address, headers: bearer("fedcba9876543210"))
            #expect(values.status == 200 && values.body.contains("&quot;secret&quot;"))
            let rules = await wire.get("/firms/smith/flagged", headers: bearer("0123456789abcdef"))
            #expect(rules.status == 200 && rules.body.contains("rule=allowed&amp;path=status"))
            #expect(await wire.get("/", headers: bearer("fedcba9876543210")).body.contains("jones"))
            #expect(await wire.get(Self.address).status == 401)
            // A login keeps the role.
            let login = await wire.request("POST", "/login", body: "token=fedcba9876543210")
            let session = ["Cookie": try #require(login.cookie)]
            #expect(await wire.get(Self.address, headers: session).body.contains("&quot;secret&quot;"))
            let link = SignedLink(firm: "smith", expires: Int64(Sample.now) + 600).target(secret: "0000000000000000")
            let firm = ["Cookie": try #require(await wire.get(link).cookie)]
            let own = await wire.get(Self.address, headers: firm)
            #expect(own.status == 200 && !own.body.contains("secret") && !own.body.contains("value=\"accept\""))
            #expect(await wire.get(Self.address.replacing("smith", with: "jones"), headers: firm).status == 404)
            #expect(await wire.get(Self.address.replacing("allowed", with: "other"), headers: firm).status == 404)
        }
    }

    @Test func aDecisionIsMeantByAnOperatorAndIsWrittenOnce() async throws {
        let sample = try Sample()
        try flaggedFirm(sample)
        let desk = Desk()
        var options = try sample.options()
        options.token = "0123456789abcdef"
        options.linkSecret = "0000000000000000"
        options.decide = { desk.decide($0) }
        try await withPage(options) { wire in
            let login = await wire.request("POST", "/login", body: "token=0123456789abcdef")
            let session = ["Cookie": try #require(login.cookie)]
            let token = try #require(await wire.get(Self.address, headers: session).formToken)
            func post(_ headers: [String: String], _ body: String) async -> Wire.Answer {
                await wire.request("POST", "/firms/smith/actions", headers: headers, body: body)
            }
            // Another page's form, a form without the token, one of nothing.
            let foreign = session.merging(["Origin": "https://evil.example"]) { $1 }
            #expect(await post(foreign, "csrf=\(token)&\(Self.decision)&id=17").status == 403)
            #expect(await post(session, "\(Self.decision)&id=17").status == 403)
            #expect(desk.asked.isEmpty)
            let link = SignedLink(firm: "smith", expires: Int64(Sample.now) + 600).target(secret: "0000000000000000")
            let firm = ["Cookie": try #require(await wire.get(link).cookie)]
            let own = try #require(await wire.get("/firms/smith", headers: firm).formToken)
            #expect(await post(firm, "csrf=\(own)&\(Self.decision)&id=17").status == 403)
            #expect(desk.asked.isEmpty)
            _ = await post(session, "csrf=\(token)&\(Self.decision)")
            #expect(desk.asked.isEmpty, "neither a record nor all")

            let answer = await post(session, "csrf=\(token)&\(Self.decision)&id=17&note=the+firm+%0Aknows")
            #expect(answer.status == 303)
            let place = try #require(answer.headers["location"])
            #expect(place.hasPrefix("/firms/smith/flagged?phase=core&entity=matters&rule=allowed&path=status&said="))
            #expect(await wire.get(place, headers: session).body.contains("1 record accepted."))
            #expect(
                desk.asked == [
                    DecisionRequest(
                        connection: "smith", verdict: .accept, phase: "core", entity: "matters", rule: "allowed",
                        path: "status", id: "17", note: "the firm knows")
                ])
        }
    }
}
