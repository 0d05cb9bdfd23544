import ArgumentParser
import Bytes
import Staging
import Inspection

/// What `accept` and `reject` are about.
struct ReviewOptions: ParsableArguments {
    @Argument(help: "The entity, for example matters.", completion: Completions.entities) var entity: String
    @Argument(help: "Ids of records; left out: all with --rule or --path.") var ids: [String] = []
    @Option(
        name: .customLong("phase"), parsing: .singleValue,
        help: ArgumentHelp("Only records of this phase; may be repeated.", valueName: "phase"))
    var phases: [String] = []
    @Option(help: "Only violations of this rule.") var rule: String?
    @Option(help: "Only violations at this path, for example phone_numbers[].number.") var path: String?
    @Option(help: "Why; kept with the decision.") var note: String?
    @Flag(help: "Decide about a whole group without another look.") var yes = false

    func validate() throws {
        guard !ids.isEmpty || rule != nil || path != nil else {
            throw ValidationError("give the ids of records, or a group by --rule and --path")
        }
    }
}

struct ReviewAccept: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "accept", abstract: "Load flagged records with NULL for their bad values.",
        discussion: """
            A record whose key is at fault cannot be accepted: the key cannot be NULL. What breaks a row rule is loaded \
            as it is. A group (no ids) is shown first and decided with --yes.

            Examples:
              cliosync review accept matters 1234567 --note "the firm knows"
              cliosync review accept matters --rule range --path open_date --yes
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var options: ReviewOptions

    func run() throws { try common.decide(.accept, options) }
}

struct ReviewReject: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reject", abstract: "Keep flagged records out of their tables.",
        discussion: """
            Also those that have a warning only. A group (no ids) is shown first and decided with --yes.

            Example:
              cliosync review reject contacts 7654321 --note "a test record"
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var options: ReviewOptions

    func run() throws { try common.decide(.reject, options) }
}

extension CommonOptions {
    fileprivate func decide(_ verdict: Decision.Verdict, _ options: ReviewOptions) throws {
        let review = try Review(staging: staging, connection: connection, catalog: catalog())
        let plan = try review.plan(
            verdict,
            ReviewTarget(
                entity: options.entity, ids: options.ids, rule: options.rule, path: options.path,
                phases: options.phases))
        if !options.ids.isEmpty {
            // By name: all or nothing.
            if let id = plan.unknown.first {
                throw ConfigurationError(
                    "\(options.entity) \(id) is not flagged with this; `cliosync trace \(options.entity) \(id)` shows it; nothing was decided"
                )
            }
            guard plan.keyless.isEmpty else {
                throw ConfigurationError(
                    "\(options.entity) \(some(plan.keyless)): the key is at fault and cannot be NULL, so that the record cannot be accepted; nothing was decided"
                )
            }
        }
        let isWritten = !plan.keys.isEmpty && (!options.ids.isEmpty || options.yes)
        if isWritten { try review.carryOut(plan, note: options.note) }
        defer { if isWritten { Terminal.acceptLostReport("the decisions are written") } }
        Output.print(plan.report(written: isWritten), json: json) { text(plan, isWritten: isWritten) }
    }

    private func text(_ plan: ReviewPlan, isWritten: Bool) -> String {
        let verb = plan.verdict.rawValue
        var text =
            "\(isWritten ? verb + "ed" : "to " + verb): \(Format.count(plan.ids.count)) records, "
            + "\(Format.count(plan.keys.count)) violations"
        if plan.settled > 0 { text += " (\(Format.count(plan.settled)) more had this decision already)" }
        if !plan.ids.isEmpty { text += ": " + some(plan.ids.sorted()) }
        if !plan.keyless.isEmpty {
            text += "\n\(Format.count(plan.keyless.count)) have a key that is at fault and cannot be accepted: "
            text += some(plan.keyless)
        }
        if !plan.stillRejected.isEmpty {
            text += "\n\(Format.count(plan.stillRejected.count)) stay out all the same, something else is wrong, too: "
            text += some(plan.stillRejected.sorted())
        }
        if isWritten {
            let phase = plan.phases.map { " --phase \($0)" }.joined()
            text += "\nnext: `cliosync transform\(phase) --entity \(plan.entity)`, then `cliosync load`"
        } else if !plan.keys.isEmpty {
            text += "\nnothing is written yet; --yes decides"
        }
        return text
    }

    private func some(_ ids: [String]) -> String {
        Terminal.safe(ids.prefix(5).joined(separator: ", ")) + (ids.count > 5 ? ", …" : "")
    }
}
