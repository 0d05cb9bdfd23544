import ArgumentParser
import Staging
import Inspection
import Transform

struct ReviewShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Print a flagged record, where it is, and what is wrong with it.",
        discussion: """
            A record without a usable id is in no table and has no name but its file and line: --without-id shows those.

            Examples:
              cliosync review show matters 1234567
              cliosync review show matters --without-id
              cliosync review show matters 1234567 --json | jq .violations
            """)

    @OptionGroup var common: CommonOptions
    @Flag(name: .customLong("without-id"), help: "Print the records without a usable id.") var withoutID = false
    @Option(help: ArgumentHelp("With --without-id: at most so many.", valueName: "n")) var limit = 20
    @Argument(help: "The entity, for example matters.", completion: Completions.entities) var entity: String
    @Argument(help: "The record's id.") var id: String?

    func validate() throws {
        guard withoutID == (id == nil) else { throw ValidationError("give the record's id, or --without-id") }
        guard limit > 0 else { throw ValidationError("--limit: expected 1 or more") }
    }

    func run() throws {
        let review = try Review(staging: common.staging, connection: common.connection, catalog: common.catalog())
        let choice: ReviewChoice = id.map { .id($0) } ?? .withoutID
        let records = try review.show(entity: entity, choice, most: withoutID ? limit : .max)
        Output.print(lines: records, json: common.json) {
            records.map { Self.text($0, width: Terminal.resultWidth) }.joined(separator: "\n\n")
        }
        if withoutID, records.count == limit { Terminal.note("there may be more; --limit shows them") }
        guard records.isEmpty else { return }
        if let id {
            Terminal.note(
                "\(entity) \(Terminal.safe(id)) is not flagged; `cliosync trace \(entity) \(Terminal.safe(id))` shows it"
            )
        } else {
            Terminal.note("no flagged record of \(entity) is without a usable id")
        }
        throw ExitCode(1)
    }

    /// A record for people.
    /// - Parameter width: columns.
    static func text(_ record: ReviewRecord, width: Int) -> String {
        let examination = record.examination
        var state = examination.isRejected ? Terminal.red("not loaded") : "loaded, with NULL for its bad values"
        if examination.findings.isEmpty { state = Terminal.green("healthy under the present pipelines") }
        if !record.isTransformed { state += ", once transform and load have run again" }
        let name = "\(record.phase)/\(record.entity) \(record.id.map(Terminal.safe) ?? "without a usable id")"
        var lines = [
            Terminal.bold(name) + ": " + state,
            Terminal.dim("  \(record.file) line \(record.line)"),
        ]
        func add(_ text: String, _ style: (String) -> String = { $0 }) {
            lines += Wrapping.lines(Terminal.safe(text), width: width, indent: 6).map(style)
        }
        for finding in examination.findings {
            add(
                "  \(finding.isReject ? "reject" : "warn"): \(finding.rule) at "
                    + "\(finding.path.isEmpty ? "the line" : finding.path): \(finding.message); is "
                    + Terminal.brief(finding.value), finding.isReject ? Terminal.red : Terminal.yellow)
            if let decision = finding.decision {
                let verb = decision.verdict == .accept ? "accepted" : "rejected"
                let note = decision.note.map { ": \($0)" } ?? ""
                add("    \(verb) by \(decision.by), \(decision.at)\(note)")
            }
        }
        if examination.isKeyBroken { add("  its key is at fault, so it cannot be accepted") }
        return (lines + RecordText(width: width, indent: 2).lines(record.record)).joined(separator: "\n")
    }
}
