import ArgumentParser
import Load
import Pipelines
import Staging
import Inspection
import Transform

struct StagedDiffCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "Say what transform and load would change under the present pipelines.",
        discussion: """
            Nothing is written. Records are transformed in memory and compared with the clean and flagged layers: columns \
            that come, go or change, records that become flagged or healthy, values that change, with a few ids. Values \
            are shown with --show-values only: they are clients' data.

            Example:
              cliosync staged diff --phase core --entity matters
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var selection: SelectionOptions
    @Flag(help: "Show the values of the examples.") var showValues = false

    func run() throws {
        let chosen = try selection.selection(common.catalog())
        let diff = try StagedDiff(
            staging: common.staging, connection: common.connection, database: common.databasePath)
        let stop = StopSignal()
        let signals = SignalTrap(stop)
        defer { signals.cancel() }
        var changed: [String] = []
        for entity in chosen.entities {
            let difference = try diff.compare(entity, stop: stop)
            if !difference.isEmpty { changed.append("\(entity.phase)/\(entity.name)") }
            Output.print(difference.report(showValues: showValues), json: common.json) { text(difference) }
        }
        guard !common.json else { return }
        Terminal.print(
            changed.isEmpty
                ? "nothing would change" : "would change: \(changed.joined(separator: ", ")); nothing is written")
    }

    private func text(_ difference: StagedDiff.Difference) -> String {
        let layers = difference.layers
        let name = Terminal.bold("\(layers.phase)/\(layers.entity)")
        guard difference.isExtracted else { return "\(name): nothing is extracted yet" }
        guard !difference.isEmpty else { return "\(name): no change in \(Format.count(layers.compared)) records" }
        var lines = ["\(name): \(Format.count(layers.compared)) records compared"]
        if layers.fresh > 0 {
            lines.append("  \(Format.count(layers.fresh)) records are transformed for the first time")
        }
        if let former = difference.schema?.formerTable {
            lines.append("  its rows move from table \(former) into \(difference.table)")
        }
        for change in difference.schema?.changes ?? [] {
            let what =
                switch (change.before, change.after) {
                case (nil, let after): "new column, \(after ?? "")"
                case (let before, nil): "column dropped, was \(before ?? "")"
                case (let before, let after): "\(before ?? "") becomes \(after ?? "")"
                }
            lines.append("  table \(change.table).\(change.column): \(what)")
        }
        for move in layers.moves {
            lines.append(
                "  \(Format.count(move.records)) records \(move.from.rawValue) → \(move.to.rawValue)"
                    + some(move.examples))
        }
        for rule in layers.rules {
            lines.append(
                Terminal.safe(
                    "  rule \(rule.rule) at \(rule.path): \(Format.count(rule.before)) → \(Format.count(rule.after)) violations"
                ))
        }
        for column in layers.columns {
            let what =
                switch column.kind {
                case .added: "values that are not NULL"
                case .dropped: "values go"
                case .changed: "values change"
                }
            lines.append(
                "  \(column.table).\(column.column) \(column.kind.rawValue): \(Format.count(column.values)) \(what)"
                    + examples(column.examples))
        }
        for (table, rows) in layers.childRows.sorted(by: { $0.key < $1.key }) {
            lines.append("  \(table): \(rows > 0 ? "+" : "")\(Format.count(rows)) rows")
        }
        return lines.joined(separator: "\n")
    }

    private func some(_ ids: [String]) -> String {
        ids.isEmpty ? "" : Terminal.safe(" (\(ids.joined(separator: ", ")))")
    }

    private func examples(_ examples: [LayerDifference.Example]) -> String {
        guard showValues else { return some(examples.map(\.id)) }
        return examples.map { example in
            Terminal.safe("\n    \(example.id): \(example.before ?? "-") → \(example.after ?? "-")")
        }.joined()
    }
}
