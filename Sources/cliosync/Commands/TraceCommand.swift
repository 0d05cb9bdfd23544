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
        Output.print(trace, json: common.json) { TraceText(width: Terminal.resultWidth).text(trace) }
        if !trace.isFound { throw ExitCode(1) }
    }
}
