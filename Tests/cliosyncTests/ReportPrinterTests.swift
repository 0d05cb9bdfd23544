import ArgumentParser
import Staging
import Testing

@testable import Jobs
@testable import SyncManager
@testable import cliosync

/// A report as a person reads it: every count, what needs attention, and the next command.
@Suite struct ReportPrinterTests {
    private func text(
        _ report: RunReport, _ stages: [Stage] = Stage.allCases, _ arguments: [String] = ["--connection", "smith"]
    ) throws -> String {
        ReportPrinter(report, try CommonOptions.parse(arguments), stages: stages).text
    }

    private func status(_ report: RunReport) throws -> String {
        ReportPrinter(report, try CommonOptions.parse([])).statusText
    }

    private func lastLine(_ text: String) -> String { String(text.split(separator: "\n").last ?? "") }

    @Test func everyEntityHasARowWithItsCounts() throws {
        let text = try text(
            SampleReport.run(
                .done, job: SampleReport.job("COMPLETED"),
                [
                    SampleReport.entity("matters", loaded: 1_234, rejected: 5, warned: 6),
                    SampleReport.entity("tasks", phase: "supporting", loaded: 7),
                ]))
        let rows = text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        #expect(rows.contains(["matters", "COMPLETED", "1,239", "1,239", "1,234", "5", "6", "1,234"]))
        #expect(rows.contains(["tasks", "COMPLETED", "7", "7", "7", "0", "0", "7"]))
        #expect(rows.filter { ["core", "supporting"].contains($0.first) && $0.contains("rejected") }.count == 2)
        #expect(lastLine(text).hasPrefix("COMPLETED: 1,241 rows loaded · 11 flagged (5 rejected) · in 1:02"))
    }

    @Test(arguments: [
        (RunReport.Ending.done, "COMPLETED", "sqlite3 databases/smith.sqlite"),
        (.partial, "PARTIALLY_COMPLETED", "cliosync status --connection smith, then the same command again"),
        (.failed("x"), "FAILED", "fix that, then run the same command again to continue"),
        (.paused("x"), "PAUSED", "fix that, then run the same command again to continue"),
        (.stopped, "PAUSED", "run the same command again to continue"),
    ])
    func theLastLineSaysHowItEndedAndWhatComesNext(
        _ ending: RunReport.Ending, _ status: String, _ next: String
    ) throws {
        let line = lastLine(try text(SampleReport.run(ending, job: SampleReport.job(status))))
        #expect(line.hasPrefix("\(status): "))
        #expect(line.hasSuffix(" · next: \(next)"))
    }

    @Test func aRunWithNothingToDoSaysHowOldTheDataAreAndNamesRefresh() throws {
        var report = SampleReport.run(.done, job: SampleReport.job("COMPLETED"))
        for index in report.entities.indices { report.entities[index].asOf = "2026-11-2\(index)T08:00:00Z" }
        let next = "cliosync refresh --connection smith, since the data are as of 2026-11-20T08:00:00Z"
        #expect(lastLine(try text(report)).hasSuffix(" · next: \(next)"))
        report.requests = RequestSummary()
        report.requests?.made = 3
        #expect(lastLine(try text(report)).hasSuffix(" · next: sqlite3 databases/smith.sqlite"))
    }

    @Test(arguments: [
        (Stage.extract, "DONE: 90 records extracted", "cliosync transform --phase core --connection smith"),
        (.transform, "DONE: 90 records accepted", "cliosync load --phase core --connection smith"),
        (.load, "DONE: 90 rows loaded", "cliosync verify --phase core --connection smith"),
        (.verify, "DONE: 90 records checked", "sqlite3 databases/smith.sqlite"),
    ])
    func aStageByItselfNamesTheNextOne(_ stage: Stage, _ outcome: String, _ next: String) throws {
        let line = lastLine(try text(SampleReport.run(.done), [stage]))
        #expect(line.hasPrefix(outcome))
        #expect(line.hasSuffix(" · next: \(next)"))
    }

    @Test func aJobThatWaitsForItsOtherPhasesIsNotCalledPaused() throws {
        let line = lastLine(try text(SampleReport.run(.done, job: SampleReport.job("PAUSED"))))
        #expect(line.hasPrefix("core COMPLETED: "))
        #expect(line.hasSuffix("cliosync run --connection smith for the other phases"))
    }

    @Test func theReasonOfAnEndingStandsAboveTheLastLine() throws {
        let text = try text(
            SampleReport.run(.paused("the token is refused\u{1B}[2J"), job: SampleReport.job("PAUSED")))
        #expect(text.contains("\nthe token is refused\\u{1b}[2J\nPAUSED: "))
    }

    @Test func notesAndErrorsAreShownAndCannotSteerTheTerminal() throws {
        var report = SampleReport.run(
            .partial, job: SampleReport.job("PARTIALLY_COMPLETED"),
            [SampleReport.entity("matters", status: "FAILED", notes: ["Clio forbids this list\u{1B}[31m"])])
        report.errors = [
            JobErrorCount(category: "api", code: "forbidden", count: 3, lastMessage: "403 \u{9B}for matters")
        ]
        let text = try text(report)
        #expect(text.contains("Notes\n  core/matters: Clio forbids this list\\u{1b}[31m"))
        #expect(text.contains("Errors and warnings\n  3 × api/forbidden: 403 \\u{9b}for matters"))
        #expect(!text.unicodeScalars.contains { $0.value == 0x1B || $0.value == 0x9B })
    }

    @Test func failedChecksAreShownWithBothSides() throws {
        var report = SampleReport.run(.partial)
        report.verify = VerifySummary(
            ok: false,
            checks: [
                CheckSummary(
                    phase: "core", entity: "matters", check: "rows", expected: "90", actual: "89", ok: false,
                    detail: "one row is gone"),
                CheckSummary(
                    phase: "core", entity: "contacts", check: "rows", expected: "5", actual: "5", ok: true, detail: nil),
            ])
        let text = try text(report, [.verify])
        #expect(
            text.contains(
                "not verified: 1 of 2 checks differ\n  core/matters: rows: expected 90, is 89 (one row is gone)"))
        report.verify?.checks.removeFirst()
        report.verify?.ok = true
        report.ending = .done
        #expect(try self.text(report, [.verify]).contains("verified: all 1 checks agree"))
    }

    @Test func reviewCountsAreShownWhereSomebodyDecided() throws {
        var entity = SampleReport.entity("matters")
        entity.acceptedInReview = 4
        entity.rejectedInReview = 1
        #expect(try text(SampleReport.run(.done, [entity])).contains("4 accepted and 1 rejected in review"))
        #expect(try !text(SampleReport.run(.done)).contains("in review"))
    }

    @Test func itemsFillLinesOfTheTerminalsWidth() {
        let items = ["12 % fetched", "1,000 rows", "2:05 left"]
        #expect(Format.filled(items, width: 200) == ["12 % fetched · 1,000 rows · 2:05 left"])
        #expect(Format.filled(items, width: 25) == ["12 % fetched · 1,000 rows", "2:05 left"])
        #expect(Format.filled(items, indent: "  ", width: 10) == items.map { "  " + $0 })
        #expect(Format.filled([], width: 10).isEmpty)
    }

    @Test func theStatusOfAJobWhoseProcessIsGoneSaysHowToGoOn() throws {
        var job = SampleReport.job("IN_PROGRESS")
        let gone = try status(SampleReport.run(.done, job: job))
        #expect(gone.hasPrefix("job 0a1b2c3d-0000-4000-8000-000000000000 of smith: IN_PROGRESS"))
        #expect(gone.contains("62 % fetched · 620 of 1,000 records · 50 % loaded · 500 rows in the database"))
        #expect(gone.contains("its process is gone · next: cliosync resume 0a1b2c3d"))
        job.isRunning = true
        job.etaSeconds = 125
        job.requests = 1_200
        job.budget = 45
        let running = try status(SampleReport.run(.done, job: job))
        #expect(running.contains("2:05 left"))
        #expect(running.contains("at work · 1,200 requests in this run · 45 a minute may be made"))
        #expect(!running.contains("is gone"))
    }

    @Test func theStatusOfAPausedJobHasItsReasonAndTheNextCommand() throws {
        let text = try status(SampleReport.run(.done, job: SampleReport.job("PAUSED", error: "no token")))
        #expect(text.contains("stopped by: no token\nnext: cliosync resume 0a1b2c3d"))
    }

    @Test func groupsAreCountedAndTheFirstOnesNamed() throws {
        var entity = SampleReport.entity("matters", status: "IN_PROGRESS")
        entity.groups = (0..<40).map { index in
            var group = GroupSummary(key: "\(index)", name: "Area \(index)\u{7}", records: index)
            group.expected = 50
            group.status = index < 10 ? .loaded : .pending
            return group
        }
        var text = try status(SampleReport.run(.done, job: SampleReport.job("PAUSED"), [entity]))
        #expect(text.contains("matters by groups: 10 of 40 loaded"))
        #expect(text.contains("  Area 9\\u{7}: 9 of 50 matters, loaded"))
        #expect(text.contains("  and 15 more: status --json lists them"))
        for index in entity.groups.indices { entity.groups[index].status = .loaded }
        text = try status(SampleReport.run(.done, job: SampleReport.job("PAUSED"), [entity]))
        #expect(text.hasSuffix("matters by groups: 40 of 40 loaded"))
    }
}
