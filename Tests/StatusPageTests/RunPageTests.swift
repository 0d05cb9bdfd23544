import Foundation
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
                message: "\"Archived\" is none of Open, Pending, Closed", examples: ["7", "8"]),
            FlaggedRule(
                phase: "core", entity: "contacts", rule: "required", path: "phone_numbers[].number", isRejection: false,
                records: 3, message: "is missing", examples: []),
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
