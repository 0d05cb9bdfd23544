import ArgumentParser
import JSON
import Inspection

struct TraceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trace",
        abstract: "Follow a record from Clio's answer to its row.",
        discussion: """
            Prints every version of it in the raw layers with the page that it came in, its flags, its clean line, the row \
            with its child rows, and, when it is missing somewhere, where it got lost. Exit code 1 when there is no trace \
            of it.

            Examples:
              cliosync trace time_entries 7800000123
              cliosync trace matters 1234567 --json | jq .verdict
            """)

    @OptionGroup var common: CommonOptions
    @Flag(help: "Read every raw line, also where the manifest says that the id is not.")
    var everywhere = false
    @Argument(help: "The entity, for example matters.", completion: Completions.entities) var entity: String
    @Argument(help: "The record's id.") var id: String

    func run() throws {
        let tracer = try Tracer(
            staging: common.staging, connection: common.connection, catalog: common.catalog(),
            database: common.databasePath)
        let trace = try tracer.trace(entity, id: id, everywhere: everywhere)
        Output.print(trace, json: common.json) { text(trace) }
        if !trace.isFound { throw ExitCode(1) }
    }

    private func text(_ trace: RecordTrace) -> String {
        var blocks: [String] = []
        for version in trace.versions { blocks.append(text(version)) }
        if let row = trace.row { blocks.append("row in \(trace.table)\n  " + Terminal.safe(row.text)) }
        for child in trace.children {
            blocks.append(
                "\(Format.count(child.rows.count)) rows in \(child.table)\n"
                    + child.rows.map { "  " + Terminal.safe($0.text) }.joined(separator: "\n"))
        }
        if let flags = trace.flags { blocks.append("in flagged_records\n  " + Terminal.safe(flags.text)) }
        if let job = trace.job { blocks.append("job \(job.id): \(job.status)") }
        blocks.append(
            ([Terminal.bold("\(trace.entity) \(Terminal.safe(trace.id))")]
                + trace.verdict.map { "  " + Terminal.safe($0) })
                .joined(separator: "\n"))
        return blocks.joined(separator: "\n\n")
    }

    private func text(_ version: TraceVersion) -> String {
        var lines = [
            "\(version.phase)/\(version.entity), record \(version.sequence) of the connection",
            "  raw      \(version.raw.file) line \(version.raw.line), generation \(version.raw.generation)",
            "  page     \(version.page.page) of stream \(version.page.stream), \(version.page.receivedAt)",
        ]
        if let request = version.page.request { lines.append("  request  \(request)") }
        if let flagged = version.flagged {
            lines.append("  flagged  \(flagged.file) line \(flagged.line)")
            lines.append("           \(flagged.violations.text)")
        }
        if let clean = version.clean {
            lines.append("  clean    \(clean.file) line \(clean.line)")
            lines.append("           \(clean.row.text)")
        }
        if let loadedAt = version.loadedAt { lines.append("  loaded   \(loadedAt)") }
        lines.append("  record   \(version.raw.record)")
        return lines.map(Terminal.safe).joined(separator: "\n")
    }
}
