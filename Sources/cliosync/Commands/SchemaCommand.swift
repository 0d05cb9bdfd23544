import ArgumentParser
import Bytes
import Pipelines
import SyncManager

struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Describe every table and column of the database.",
        discussion: """
            Reads only the pipeline files. Each column is shown with its type, its unit, where Clio has the \
            value, what it means and what it refers to. The database carries the same in its table _cliosync_columns.

            Examples:
              cliosync schema matters time_entries
              cliosync schema --json | jq -r '.tables[] | .name'
              cliosync schema --mermaid > schema.mmd
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: ArgumentHelp("Tables and views (default: all).", valueName: "table")) var tables: [String] = []
    @Flag(help: "Print an entity-relationship diagram for Mermaid.") var mermaid = false
    @Flag(help: "Print Markdown.") var markdown = false

    func validate() throws {
        guard [common.json, mermaid, markdown].filter({ $0 }).count <= 1 else {
            throw ValidationError("--json, --mermaid and --markdown: choose one")
        }
    }

    func run() throws {
        let all = SchemaDescription(try common.catalog())
        let known = all.tables.map(\.name)
        for table in tables where !known.contains(table) {
            throw ConfigurationError(
                "no table or view \(table.prefix(64)) in \(common.pipelines)"
                    + Suggestion.hint(table, among: known) + "; `cliosync schema` lists all")
        }
        let schema = tables.isEmpty ? all : all.only(tables)
        let text = SchemaText(schema)
        // Documents to be kept: the commands in them are not advice for now, and get no options.
        if markdown || mermaid { return Terminal.print(markdown ? text.markdown : text.mermaid) }
        Output.print(schema, json: common.json) { text.plain }
    }
}
