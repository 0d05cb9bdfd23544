import ArgumentParser
import Staging
import Inspection
import Transform

struct ReviewList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "Count flagged records by phase, entity, rule and path.",
        discussion: """
            not loaded: records that are in no table; open: not decided yet; lapsed: decided, but Clio's value is \
            another one now.

            Example:
              cliosync review ls --entity matters
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var selection: SelectionOptions

    func run() throws {
        let catalog = try common.catalog()
        let review = try Review(staging: common.staging, connection: common.connection, catalog: catalog)
        let groups = try review.groups(selection.selection(catalog), database: common.databasePath)
        Output.print(lines: groups, json: common.json) { Self.text(groups) }
        let waiting = groups.reduce(0) { $0 + $1.waiting }
        if waiting > 0, !common.json {
            Terminal.note("\(Format.count(waiting)) decisions wait for `cliosync transform` and `cliosync load`")
        }
    }

    private static func text(_ groups: [ReviewGroup]) -> String {
        guard !groups.isEmpty else { return "nothing is flagged" }
        let rows = groups.map { group in
            [
                group.phase, group.entity, group.rule, Terminal.brief(group.path, 120), Format.count(group.records),
                Format.count(group.kept), Format.count(group.open), Format.count(group.accepted),
                Format.count(group.rejected), Format.count(group.lapsed),
                group.examples.map { Terminal.brief($0, 40) }.joined(separator: ", "),
            ]
        }
        return Format.table(
            [
                "phase", "entity", "rule", "path", "records", "not loaded", "open", "accepted", "rejected", "lapsed",
                "for example",
            ], rows, right: [4, 5, 6, 7, 8, 9])
    }
}

struct ReviewShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Print a flagged record, where it lies, and what is wrong with it.",
        discussion: "Example:\n  cliosync review show matters 1234567")

    @OptionGroup var common: CommonOptions
    @Argument(help: "The entity, for example matters.", completion: Completions.entities) var entity: String
    @Argument(help: "The record's id.") var id: String

    func run() throws {
        let review = try Review(staging: common.staging, connection: common.connection, catalog: common.catalog())
        let records = try review.show(entity: entity, id: id)
        Output.print(lines: records, json: common.json) { records.map(text).joined(separator: "\n\n") }
        guard records.isEmpty else { return }
        Terminal.note(
            "\(entity) \(Terminal.safe(id)) is not flagged; `cliosync trace \(entity) \(Terminal.safe(id))` shows it")
        throw ExitCode(1)
    }

    private func text(_ record: ReviewRecord) -> String {
        let examination = record.examination
        var state = examination.isRejected ? "not loaded" : "loaded, with NULL for its bad values"
        if examination.findings.isEmpty { state = "healthy under the present pipelines" }
        if !record.isTransformed { state += ", once transform and load have run again" }
        var lines = [
            "\(record.phase)/\(record.entity) \(Terminal.safe(record.id)): \(state)",
            "  \(record.file) line \(record.line)",
        ]
        for finding in examination.findings {
            lines.append(
                Terminal.safe(
                    "  \(finding.isReject ? "reject" : "warn"): \(finding.rule) at \(finding.path): \(finding.message); is "
                )
                    + Terminal.brief(finding.value))
            if let decision = finding.decision {
                let verb = decision.verdict == .accept ? "accepted" : "rejected"
                let note = decision.note.map { ": \($0)" } ?? ""
                lines.append(Terminal.safe("    \(verb) by \(decision.by), \(decision.at)\(note)"))
            }
        }
        if examination.isKeyBroken { lines.append("  its key is at fault, so it cannot be accepted") }
        lines.append(Terminal.safe(record.record))
        return lines.joined(separator: "\n")
    }
}
