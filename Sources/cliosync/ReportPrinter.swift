import Jobs
import Load
import Progress
import Staging
import SyncManager
import Verify

/// A run's report as a person reads it: a table per phase, what needs attention, one last line.
struct ReportPrinter {
    private let report: RunReport
    private let common: CommonOptions
    private let stages: [Stage]

    /// - Parameter stages: those that were run, for the next command.
    init(_ report: RunReport, _ common: CommonOptions, stages: [Stage] = Stage.allCases) {
        self.report = report
        self.common = common
        self.stages = stages
    }

    var text: String {
        var blocks = owner.isEmpty ? [] : [owner.joined(separator: "\n")]
        for phase in phases { blocks.append(table(phase)) }
        if !report.changes.isEmpty { blocks.append(changes) }
        blocks += attention
        if let verify = report.verify { blocks.append(checks(verify)) }
        blocks.append(lastLine)
        return blocks.joined(separator: "\n\n")
    }

    /// Notes and errors, if there are any.
    private var attention: [String] {
        var blocks: [String] = []
        let notes = report.entities.flatMap { entity in entity.notes.map { "\(entity.phase)/\(entity.entity): \($0)" } }
        if !notes.isEmpty {
            blocks.append((["Notes"] + notes.map { "  " + Terminal.brief($0) }).joined(separator: "\n"))
        }
        if !report.errors.isEmpty {
            let lines = report.errors.map { error in
                "  \(error.count) × \(error.category)/\(error.code): \(Terminal.brief(error.lastMessage))"
            }
            blocks.append((["Errors and warnings"] + lines).joined(separator: "\n"))
        }
        return blocks
    }

    /// The same for `status`: the job's line first, no duration.
    var statusText: String {
        var blocks: [String] = []
        if let job = report.job {
            blocks.append((Self.head(job) + owner).joined(separator: "\n"))
        } else {
            blocks += owner.isEmpty ? [] : [owner.joined(separator: "\n")]
        }
        blocks += phases.map(table)
        blocks += report.entities.compactMap(Self.groups)
        return (blocks + attention).joined(separator: "\n\n")
    }

    /// The firm, and the user who sees its data; empty while that is not known.
    private var owner: [String] {
        report.account.map { ["firm  \(Terminal.brief($0.firm, 70))", "user  \(Terminal.brief($0.user, 70))"] } ?? []
    }

    private var phases: [String] {
        var seen: Set<String> = []
        return report.entities.map(\.phase).filter { seen.insert($0).inserted }
    }

    private func table(_ phase: String) -> String {
        let rows = report.entities.filter { $0.phase == phase }.map { entity in
            [
                entity.entity, status(entity), entity.expected.map(Format.count) ?? "-", Format.count(entity.extracted),
                Format.count(entity.accepted), Format.count(entity.rejected), Format.count(entity.warned),
                Format.count(entity.loaded),
            ]
        }
        let header = [phase, "status", "in Clio", "extracted", "accepted", "rejected", "warned", "loaded"]
        let wide = Format.table(header, rows, right: [2, 3, 4, 5, 6, 7], width: .max)
        let width = wide.split(separator: "\n").dropFirst().map(\.count).max() ?? 0
        guard width >= Terminal.resultWidth else { return wide }
        // What is accepted is what is extracted and not rejected.
        let narrow = ([header] + rows).map { row in Array(row[..<4] + row[5...]) }
        return Format.table(narrow[0], Array(narrow.dropFirst()), right: [2, 3, 4, 5, 6])
    }

    /// What a refresh changed, and as of when the data are.
    private var changes: String {
        let rows = report.changes.map { change in
            [change.table]
                + [change.inserted, change.updated, change.unchanged, change.deleted, change.flagged].map(Format.count)
        }
        let header = ["refreshed", "inserted", "updated", "unchanged", "deleted", "flagged"]
        let table = Format.table(header, rows, right: [1, 2, 3, 4, 5], width: .max)
        guard let moment = report.job?.asOf else { return table }
        return table + "\n" + Format.filled(["the data are as of \(moment)"]).joined(separator: "\n")
    }

    /// The status of an entity; after single stage commands, what they did.
    private func status(_ entity: EntitySummary) -> String {
        guard entity.status == "IN_PROGRESS", report.job == nil, [0, 3].contains(report.exitCode) else {
            return entity.status
        }
        switch stages.last {
        case .extract: return "EXTRACTED"
        case .transform: return "TRANSFORMED"
        case .verify where stages.count == 1: return "VERIFIED"
        default: return entity.status
        }
    }

    private static let mostGroups = 25

    /// How far the groups of an entity are; one line once all of them are there.
    private static func groups(_ entity: EntitySummary) -> String? {
        guard !entity.groups.isEmpty else { return nil }
        let loaded = entity.groups.filter { $0.status == .loaded }.count
        let head = "\(entity.entity) by groups: \(loaded) of \(entity.groups.count) loaded"
        guard loaded < entity.groups.count else { return head }
        let order: [GroupSummary.Status] = [.loaded, .extracted, .inProgress, .pending]
        let sorted = order.flatMap { status in entity.groups.filter { $0.status == status } }
        var lines = sorted.prefix(mostGroups).map { group in
            let name = Terminal.brief(group.title, 60)
            let count = group.expected.map {
                group.records < $0 ? "\(Format.count(group.records)) of \(Format.count($0))" : nil
            }
            let words = group.status.rawValue.lowercased().replacing("_", with: " ")
            return "  \(name): \((count ?? nil) ?? Format.count(group.records)) \(entity.entity), \(words)"
        }
        if sorted.count > mostGroups {
            lines.append("  and \(sorted.count - mostGroups) more: status --json lists them")
        }
        return ([head] + lines).joined(separator: "\n")
    }

    /// The job itself: its state, what it waits for, what comes next.
    private static func head(_ job: JobSummary) -> [String] {
        var lines = ["job \(job.id) of \(job.connection): \(Terminal.bold(job.status))"]
        let isActive = ["INITIALIZING", "IN_PROGRESS"].contains(job.status)
        var facts: [String] = []
        if let fetched = job.fetchedPercent {
            facts.append("\(Format.bar(fetched / 100, 20)) \(Int(fetched)) % fetched")
        }
        if let items = job.estimatedItems {
            facts.append("\(Format.count(job.fetchedItems)) of \(Format.count(items)) records")
        }
        if let loaded = job.percent { facts.append("\(Int(loaded)) % loaded") }
        facts.append("\(Format.count(job.syncedItems)) rows in the database")
        if isActive, job.isRunning, let left = job.etaSeconds { facts.append("\(Format.duration(Double(left))) left") }
        lines += Format.filled(facts)
        if let moment = job.asOf {
            var facts = ["the data are as of \(moment)"]
            if let age = job.freshness.age { facts[0] += ", \(age) ago" }
            if let due = job.freshness.refreshDueAt { facts.append("next refresh due \(due)") }
            if let compared = job.freshness.allComparedAt { facts.append("every value compared since \(compared)") }
            lines += Format.filled(facts)
            lines += job.freshness.advice.map { Terminal.yellow($0 + Self.firm(job)) }
        }
        lines += (job.token?.advice ?? []).map { Terminal.yellow($0 + Self.firm(job)) }
        if isActive {
            if !job.isRunning {
                lines.append(
                    Terminal.yellow("its process is gone") + " · next: cliosync resume \(job.id.prefix(8))")
            } else if let reason = job.waitsFor, let until = job.waitsUntil {
                lines.append(Terminal.yellow(Format.waiting(reason, until: until)))
            } else {
                var work = "at work"
                if let requests = job.requests { work += " · \(Format.count(requests)) requests in this run" }
                if let budget = job.budget { work += " · \(Format.count(budget)) a minute may be made" }
                lines.append(work)
            }
        }
        if !job.featuresAvailable.isEmpty {
            lines.append("usable now: \(job.featuresAvailable.joined(separator: ", "))")
        }
        if let error = job.error { lines.append("\(Terminal.red("stopped by")): \(Terminal.brief(error))") }
        if ["PAUSED", "FAILED"].contains(job.status) { lines.append("next: cliosync resume \(job.id.prefix(8))") }
        return lines
    }

    private static func firm(_ job: JobSummary) -> String {
        job.connection == "default" ? "" : " --connection \(job.connection)"
    }

    private func checks(_ verify: VerifySummary) -> String {
        let failed = verify.checks.filter { !$0.ok }
        guard !failed.isEmpty else {
            let what = Terminal.green("verified") + ": all \(verify.checks.count) checks agree"
            return ([what] + scope(verify.scope) + orphans(verify)).joined(separator: "\n")
        }
        let lines = failed.map { check in
            Terminal.safe(
                "  \(check.phase.map { $0 + "/" } ?? "")\(check.entity): \(check.check): expected \(check.expected), "
                    + "is \(check.actual)" + (check.detail.map { " (\($0))" } ?? ""))
        }
        return ([Terminal.red("not verified") + ": \(failed.count) of \(verify.checks.count) checks differ"] + lines)
            .joined(separator: "\n")
    }

    /// What was left out, because nothing touched it since it was compared.
    private func scope(_ scope: VerifyScope) -> [String] {
        guard !scope.untouched.isEmpty else { return [] }
        let count = scope.compared.count + scope.untouched.count
        return [
            "  \(scope.compared.count) of \(count) tables changed and were compared"
                + (scope.allComparedAt.map { "; every value of all was last compared since \($0)" } ?? "")
        ]
    }

    /// Where references lead nowhere; only where verify was asked for, as a run has the count of warnings already.
    private func orphans(_ verify: VerifySummary) -> [String] {
        guard stages == [.verify] else { return [] }
        return verify.orphans.prefix(10).map { orphan in
            let most = orphan.mostFrequent.map { "\($0.id) (\(Format.count($0.records)))" }.joined(separator: ", ")
            return Terminal.safe(
                "  \(Format.count(orphan.records)) rows of \(orphan.table).\(orphan.column) name "
                    + "\(Format.count(orphan.missing)) ids that \(orphan.parent) does not have: \(most)"
                    + (orphan.missing > orphan.mostFrequent.count ? ", …" : ""))
        }
    }

    /// What the last of the stages counts.
    private var outcome: String {
        func sum(_ count: (EntitySummary) -> Int) -> String {
            Format.count(report.entities.reduce(0) { $0 + count($1) })
        }
        switch stages.last {
        case .extract: return "\(sum { $0.extracted }) records extracted"
        case .transform: return "\(sum { $0.accepted }) records accepted"
        case .verify where stages.count == 1: return "\(sum { $0.extracted }) records checked"
        default: return "\(Format.count(report.rows)) rows loaded"
        }
    }

    /// Status, counts, flagged, duration and the next command.
    private var lastLine: String {
        let rejected = report.entities.reduce(0) { $0 + $1.rejected }
        let warned = report.entities.reduce(0) { $0 + $1.warned }
        // Phases that were chosen are done, and the job waits for the others: nothing is paused in a person's eyes.
        let isPartOfJob = report.ending == .done && report.job?.status == "PAUSED"
        var status = report.job?.status ?? Self.status(of: report.exitCode)
        if isPartOfJob { status = "\(phases.joined(separator: ", ")) COMPLETED" }
        switch report.exitCode {
        case 0: status = Terminal.green(status)
        case 3, 6, 130: status = Terminal.yellow(status)
        default: status = Terminal.red(status)
        }
        var parts = [
            "\(status): \(outcome)",
            "\(Format.count(rejected + warned)) flagged (\(Format.count(rejected)) rejected)",
        ]
        let admitted = report.entities.reduce(0) { $0 + $1.acceptedInReview }
        let refused = report.entities.reduce(0) { $0 + $1.rejectedInReview }
        if admitted + refused > 0 {
            parts.append("\(Format.count(admitted)) accepted and \(Format.count(refused)) rejected in review")
        }
        if let requests = report.requests { parts.append("\(Format.count(requests.made)) requests") }
        parts.append("in \(Format.duration(report.seconds))")
        var line = parts.joined(separator: " · ")
        switch report.ending {
        case .failed(let why), .paused(let why), .later(_, let why): line = Terminal.safe(why) + "\n" + line
        default: break
        }
        if let check = report.estimateText { line = Terminal.dim(check) + "\n" + line }
        return line + " · next: " + next
    }

    /// The status after single stage commands.
    private static func status(of exitCode: Int32) -> String {
        switch exitCode {
        case 0: "DONE"
        case 3: "PARTIALLY_COMPLETED"
        default: "NOT DONE"
        }
    }

    /// What comes after a single stage command.
    fileprivate static let following: [Stage: Stage] = [.extract: .transform, .transform: .load, .load: .verify]

    private var next: String {
        switch report.ending {
        case .later(let at, _):
            return "run the same command again at \(UTC.text(secondsSince1970: Int64(at.rounded(.up))))"
        case .stopped: return "run the same command again to continue"
        case .failed, .paused: return "fix that, then run the same command again to continue"
        case .partial: return common.command("status") + ", then the same command again"
        case .done:
            if let last = stages.last, let following = Self.following[last] {
                let phase = phases.count == 1 ? " --phase \(phases[0])" : ""
                return common.command(following.rawValue + phase)
            }
            if stages == [.verify] { return "sqlite3 \(common.databasePath)" }
            if report.job?.status == "PAUSED" { return common.command("run") + " for the other phases" }
            if let open = report.entities.first(where: { $0.status != "COMPLETED" }) {
                return common.command("run --phase \(open.phase)")
            }
            // Everything was here already: only a refresh asks Clio again.
            if report.requests?.made ?? 0 == 0, let oldest = report.entities.compactMap(\.asOf).min() {
                return common.command("refresh") + ", since the data are as of \(oldest)"
            }
            return "sqlite3 \(common.databasePath)"
        }
    }
}
