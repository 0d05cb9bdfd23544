import ArgumentParser
import SyncManager

struct StagedStats: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats", abstract: "Count nulls, types, distinct values and ranges of each field.",
        discussion: """
            Helps to write rules. Texts are shown with --show-values only: they are clients' data.

            Example:
              cliosync staged stats --entity matters --layer raw
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var selection: SelectionOptions
    @Option(help: "raw, clean or flagged.") var layer = StagedLayers.Layer.raw
    @Flag(help: "Show the first and the last text of each field.") var showValues = false

    func run() throws {
        let (fields, broken) = try common.stagedLayers(selection).statistics(layer)
        if common.json {
            for field in fields { Terminal.print(field.json(showValues: showValues)) }
        } else {
            let rows = fields.map { field in
                let types = field.types.sorted { $0.value > $1.value }.map(\.key).joined(separator: ", ")
                var range = ""
                if let least = field.least, let greatest = field.greatest {
                    range = "\(Self.number(least)) … \(Self.number(greatest))"
                } else if let shortest = field.shortest, let longest = field.longest {
                    range = "length \(shortest) … \(longest)"
                }
                if showValues, let first = field.first, let last = field.last {
                    range += " " + Terminal.safe("“\(first)” … “\(last)”")
                }
                return [
                    field.entity, field.field, Format.count(field.present), Format.count(field.nulls),
                    field.distinct.map(Format.count) ?? ">\(Format.count(StagedLayers.mostDistinct))", types, range,
                ]
            }
            Terminal.print(
                Format.table(
                    ["entity", "field", "lines", "null", "distinct", "types", "range"], rows, right: [2, 3, 4]))
        }
        if broken > 0 { Terminal.note("\(Format.count(broken)) lines are no JSON objects") }
    }

    private static func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : String(value)
    }
}
