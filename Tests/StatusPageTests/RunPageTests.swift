import Foundation
import JSON
import Testing

@testable import Jobs
@testable import Progress
@testable import StatusPage

/// The history of runs, the proof, and the report of one run.
@Suite(.timeLimit(.minutes(10))) struct RunPageTests {
    private static func report(failing: Bool = false) -> JobRunReport {
        var report = JobRunReport()
        report.firm = "Smith & Sons"
        report.user = "Ann Lee"
        report.asOf = "2026-11-24T10:00:00Z"
        report.rows = 399
        var list = JobRunReport.List(phase: "core", entity: "matters")
        list.manifestDigest = String(repeating: "ab", count: 32)
        (list.expected, list.fetched, list.accepted, list.rejected, list.loaded) = (400, 400, 399, 1, 399)
        report.lists = [list]
        report.changes = [JobRunReport.Change(table: "matters", inserted: 7, updated: 5, deleted: 2)]
        report.checks = [
            JobRunReport.Check(
                phase: "core", entity: "matters", check: "rows", expected: "399", actual: failing ? "398" : "399",
                ok: !failing, detail: "accepted records and rows"),
            JobRunReport.Check(
                phase: nil, entity: "database", check: "integrity", expected: "ok", actual: "ok", ok: true, detail: nil),
        ]
        return report
    }

    private static func counts(flagged: Int = 1) -> JobRun.Counts {
        var counts = JobRun.Counts()
        (counts.requests, counts.inserted, counts.updated, counts.deleted, counts.flagged) = (12, 7, 5, 2, flagged)
        return counts
    }

    @Test func everyRunIsABarAndARowThatLeadToItsReport() {
        var details = FirmDetails()
        for id in 1...9 {
            var run = JobRun(
                id: Int64(id), jobID: "j", kind: id == 1 ? .run : .refresh, begunAt: "2026-11-2\(id)T01:00:00Z",
                endedAt: "2026-11-2\(id)T01:00:30Z", user: "ann", processID: 1, host: "h",
                result: id == 8 ? "FAILED" : "COMPLETED", error: nil, hasReport: true, isVerified: id != 8)
            run.counts = Self.counts(flagged: id == 3 ? 4 : 0)
            details.runs.append(PastRun(run: run, isRunning: false))
        }
        details.runs.append(
            PastRun(
                run: JobRun(
                    id: 10, jobID: "j", kind: .sweep, begunAt: "2026-11-30T01:00:00Z", endedAt: nil, user: nil,
                    processID: 9, host: nil, result: nil, error: nil, hasReport: false, isVerified: nil),
                isRunning: false))
        let text = SampleStatus.page(SampleStatus.firm("smith", .completed), details)
        for id in 1...10 {
            // In the chart and in the table.
            #expect(text.components(separatedBy: "href=\"/firms/smith/runs/\(id)\"").count == 3, "\(id)")
        }
        #expect(text.contains(">Failed</span>") && text.contains(">Killed</span>"))
        #expect(text.components(separatedBy: "<circle class=\"flag\"").count == 2)
        #expect(text.contains("id=\"older-runs\""))
    }

    @Test func theProofShowsBothSidesOfWhatDiffersAndLeadsToItsFiles() {
        var details = FirmDetails()
        let run = JobRun(
            id: 3, jobID: "j", kind: .run, begunAt: "2026-11-24T10:00:00Z", endedAt: "2026-11-24T10:00:30Z", user: nil,
            processID: nil, host: nil, result: "COMPLETED", error: nil, hasReport: true, isVerified: true)
        let firm = SampleStatus.firm("smith", .completed)
        #expect(!SampleStatus.page(firm, details).contains("id=\"proof-title\""))
        details.proof = FirmDetails.Proof(run: run, report: Self.report())
        details.lastChanges = details.proof
        let good = SampleStatus.page(firm, details)
        #expect(good.contains("2 of 2 checks agree") && good.contains("as seen by Ann Lee"))
        #expect(good.contains("/firms/smith/runs/3/report.html") && good.contains("/firms/smith/runs/3/report.json"))
        #expect(good.contains("Last changes"))
        details.proof = FirmDetails.Proof(run: run, report: Self.report(failing: true))
        let bad = SampleStatus.page(firm, details)
        #expect(bad.contains("1 of 2 checks do not agree") && bad.contains(">398<") && bad.contains(">399<"))
    }

    @Test func theProofSaysWhichPhasesItCovers() {
        var details = FirmDetails()
        let run = JobRun(
            id: 3, jobID: "j", kind: .run, begunAt: "2026-11-24T10:00:00Z", endedAt: "2026-11-24T10:00:30Z", user: nil,
            processID: nil, host: nil, result: "COMPLETED", error: nil, hasReport: true, isVerified: true)
        var older = run
        older.endedAt = "2026-11-20T10:00:00Z"
        let firm = SampleStatus.firm("smith", .completed)
        details.proof = FirmDetails.Proof(run: run, report: Self.report())
        let core = FirmDetails.VerifiedPhase(phase: "core", title: "Matters", run: run, checks: 1)
        details.coverage = [core]
        #expect(SampleStatus.page(firm, details).contains("It covers all phases of this firm: Matters."))
        details.coverage = [core, FirmDetails.VerifiedPhase(phase: "billing", title: "Billing", run: nil)]
        let partial = SampleStatus.page(firm, details)
        #expect(partial.contains("did not cover every phase") && partial.contains("not proven"))
        let report = RunView(
            firm: "smith", run: run, report: Self.report(), titles: [:], voice: .operations,
            planned: ["core", "billing"]
        ).main(links: false).text
        #expect(report.contains("The checks cover: core. They do not cover: billing."))
        #expect(report.contains(String(repeating: "ab", count: 32)))
        let file = RunFile(firm: "smith", run: run, report: Self.report(), planned: ["core", "billing"]).json
        #expect(file.contains("\"verified_phases\":[\"core\"]") && file.contains("\"unverified_phases\":[\"billing\"]"))
        #expect(file.contains("\"manifest_digest\":\"abab"))
    }

    @Test func theNewestRunThatComparedAPhaseProvesIt() throws {
        let sample = try Sample()
        let job = try sample.job("smith", live: false)
        let store = try sample.store("smith")
        var all = Self.report()
        all.checks?.append(
            JobRunReport.Check(
                phase: "billing", entity: "bills", check: "rows", expected: "1", actual: "2", ok: false, detail: nil))
        for report in [all, Self.report()] {
            let run = try store.beginRun(job: job.id, kind: .run, user: nil)
            try store.endRun(run, result: "COMPLETED", counts: Self.counts(), error: nil, report: report)
        }
        let source = StatusSource(staging: sample.staging, catalog: try Sample.catalog(), clock: { Sample.now })
        _ = source.snapshot()
        let coverage = try source.details("smith").coverage
        #expect(coverage.first { $0.phase == "core" }?.run?.id == 2)
        let billing = coverage.first { $0.phase == "billing" }
        #expect(billing?.run?.id == 1 && billing?.checks == 1 && billing?.differing == 1)
        #expect(coverage.contains { $0.phase == "historical" && $0.run == nil })
    }

    @Test func theChartOfARunHasItsNumbersInATable() {
        var samples: [RunSample] = []
        for index in 0...200 {
            let waited: Int = max(0, index - 100) * 30
            samples.append(
                RunSample(
                    time: Sample.now + Double(index * 30), requests: index * 20, records: index * 4_000,
                    waitedSeconds: Double(waited), budgetPerMinute: 45))
        }
        samples[0].budgetPerMinute = nil
        var details = FirmDetails()
        details.pace = RunPace(samples)
        let text = SampleStatus.page(SampleStatus.firm("smith", .completed), details)
        #expect(text.contains("aria-label=\"Requests a minute: at most 40, 45 permitted\""))
        #expect(text.contains("aria-label=\"Records a minute: at most 8,000\""))
        #expect(text.contains("class=\"wait\"") && text.contains("class=\"limit\""))
        #expect(text.contains("<td class=\"num\">45</td>") && text.contains("<td class=\"num\">100 %</td>"))
        let drawing = text.components(separatedBy: "id=\"pace-title\"").last?.components(separatedBy: "</section>")
            .first
        #expect((drawing ?? "").utf8.count < 9_000)
        details.pace = RunPace([])
        #expect(!SampleStatus.page(SampleStatus.firm("smith", .completed), details).contains("<figure"))
    }

    @Test func aFirmIsToldWhatItCanDoAndOperationsTheCommand() {
        var details = FirmDetails()
        details.events = [
            JobEvent(
                id: 1, time: "2026-11-24T10:00:00Z", jobID: "j", level: .error, category: "database", code: "storage",
                message: "staging/smith: run `cliosync staged check`"),
            JobEvent(
                id: 2, time: "2026-11-24T10:00:01Z", jobID: "j", level: .error, category: "critical",
                code: "unauthorized",
                message: "Clio refused the token"),
        ]
        let firm = SampleStatus.firm("smith", .failed)
        let operations = SampleStatus.page(firm, details)
        #expect(operations.contains("cliosync staged check") && operations.contains("Clio refused the token"))
        let own = SampleStatus.page(firm, details, operate: false)
        #expect(!own.contains("staged check") && own.contains("Your provider must renew the connection to Clio."))
    }

    @Test func flaggedRecordsAreShownByRuleAndTheirValuesToOperationsOnly() {
        var details = FirmDetails()
        details.flagged = [
            FlaggedRule(
                phase: "core", entity: "matters", rule: "allowed", path: "status", isRejection: true, records: 1_200,
                message: "\"Archived\" is none of Open, Pending, Closed",
                examples: ["7", "8"].map { .init(id: $0, part: "part-0001", line: 1) }),
            FlaggedRule(
                phase: "core", entity: "contacts", rule: "required", path: "phone_numbers[].number", isRejection: false,
                records: 3, message: "is missing", examples: [.init(id: nil, part: "part-0002", line: 9)]),
        ]
        let firm = SampleStatus.firm("smith", .completed)
        let operations = SampleStatus.page(firm, details)
        #expect(operations.contains("1,200 times a rule keeps a record out of the database."))
        #expect(operations.contains("Archived") && operations.contains("review ls --connection smith"))
        #expect(operations.contains("7, 8") && operations.contains("without a usable id"))
        let own = SampleStatus.page(firm, details, operate: false)
        #expect(own.contains("1,200") && !own.contains("Archived") && !own.contains("cliosync"))
    }

    @Test func aReportIsAPageAPrintedPageAndAFileOfTheFirmAlone() async throws {
        let sample = try Sample()
        let job = try sample.job("smith", live: false)
        try sample.job("jones", live: false)
        let store = try sample.store("smith")
        let bare = try store.beginRun(job: job.id, kind: .run, user: "ann")
        try store.endRun(bare, result: "FAILED", counts: Self.counts(), error: "503")
        let run = try store.beginRun(job: job.id, kind: .refresh, user: "ann")
        try store.endRun(run, result: "COMPLETED", counts: Self.counts(), error: nil, report: Self.report())
        try await withPage(sample.options()) { wire in
            let firm = await wire.get("/firms/smith").body
            #expect(firm.contains("href=\"/firms/smith/runs/\(run)\"") && firm.contains("Last changes"))
            let page = await wire.get("/firms/smith/runs/\(run)")
            #expect(
                page.status == 200 && page.body.contains("Smith &amp; Sons") && page.body.contains("All 2 checks agree")
            )
            #expect(!page.body.contains("<style"))
            let file = await wire.get("/firms/smith/runs/\(run)/report.html")
            #expect(file.headers["content-disposition"] == "attachment; filename=\"cliosync-smith-run-\(run).html\"")
            // It needs nothing from elsewhere, and leads nowhere.
            #expect(file.body.contains("<style>") && !file.body.contains("href=") && !file.body.contains("src="))
            let json = await wire.get("/firms/smith/runs/\(run)/report.json")
            let object = try #require(
                try JSONSerialization.jsonObject(with: Data(json.body.utf8)) as? [String: Any])
            #expect(object["verified"] as? Bool == true && object["connection"] as? String == "smith")
            let checks = (object["report"] as? [String: Any])?["checks"] as? [[String: Any]]
            #expect(checks?.first?["expected"] as? String == "399")
            #expect(await wire.get("/firms/smith/runs/\(bare)").body.contains("This run left no report."))
            for target in [
                "/firms/smith/runs", "/firms/smith/runs/99", "/firms/smith/runs/x",
                "/firms/smith/runs/\(bare)/report.json",
                "/firms/smith/runs/\(run)/other", "/firms/jones/runs/\(run)", "/firms/smith/runs/\(run)/report.html/x",
            ] {
                #expect(await wire.get(target).status == 404, "\(target)")
            }
        }
    }
}
