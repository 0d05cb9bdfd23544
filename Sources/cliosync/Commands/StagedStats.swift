import ArgumentParser
import Inspection

struct StagedStats: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats", abstract: "Count nulls, types, distinct values and ranges of each field.",
        discussion: """
            Helps to write rules: what is null or missing (required), the values of a field that has few (allowed), the \
            least and the greatest number (range), the types (type). A path like phone_numbers[].number is the field of \
            each element. Values are shown with --show-values only: they are clients' data.

            Examples:
              cliosync staged stats --entity matters --layer raw
              cliosync staged stats --entity time_entries --where "billed = true" --show-values
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var selection: SelectionOptions
    @Option(help: "raw, clean or flagged.") var layer = StagedLayers.Layer.raw
    @OptionGroup var filter: LineOptions
    @Flag(help: "Show the values of fields that have few, else the first and the last text.") var showValues = false

    func run() throws {
        let statistics = try common.stagedLayers(selection).statistics(layer, filter.lines())
        let fields = statistics.fields
        Output.print(lines: fields.map { $0.report(showValues: showValues) }, json: common.json) { text(fields) }
        if fields.contains(where: { !$0.isDistinctExact }) {
            Terminal.note("~: about so many; up to \(Format.count(StagedLayers.exactDistinct)) are counted exactly")
        }
        if statistics.isCut { Terminal.note("there are more fields: only the first 5,000 are counted") }
        if statistics.broken > 0 { Terminal.note("\(Format.count(statistics.broken)) lines are no JSON objects") }
    }

    private func text(_ fields: [StagedLayers.FieldStatistics]) -> String {
        guard !fields.isEmpty else { return "there is no line to count; `cliosync staged ls` shows what is staged" }
        let rows = fields.map { field in
            let types = field.types.sorted { $0.value > $1.value }.map(\.key).joined(separator: ", ")
            var range = ""
            if showValues, let least = field.least, let greatest = field.greatest {
                range = "\(Self.number(least)) … \(Self.number(greatest))"
            } else if let shortest = field.shortest, let longest = field.longest {
                range = "length \(shortest) … \(longest)"
            }
            if showValues, let values = field.values, !values.isEmpty {
                let counts = values.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
                range += " " + counts.map { "\(Terminal.brief($0.key, 80)) × \($0.value)" }.joined(separator: ", ")
            } else if showValues, let first = field.first, let last = field.last {
                range += " " + "“\(Terminal.brief(first, 80))” … “\(Terminal.brief(last, 80))”"
            }
            return [
                field.entity, Terminal.brief(field.field, 120), Format.count(field.present),
                Format.count(field.missing),
                Format.count(field.nulls), (field.isDistinctExact ? "" : "~") + Format.count(field.distinct), types,
                range,
            ]
        }
        return Format.table(
            ["entity", "field", "present", "missing", "null", "distinct", "types", "range"], rows,
            right: [2, 3, 4, 5])
    }

    private static func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : String(value)
    }
}
