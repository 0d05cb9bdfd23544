public import ArgumentParser
import Foundation
public import Inspection

extension StagedLayers.Layer: ExpressibleByArgument {}

struct StagedHead: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "head", abstract: "Print the first lines of a layer.",
        discussion: "Example:\n  cliosync staged head --entity contacts --layer clean --lines 3 | jq .")

    @OptionGroup var common: CommonOptions
    @OptionGroup var selection: SelectionOptions
    @Option(help: "raw, clean or flagged.") var layer = StagedLayers.Layer.raw
    @OptionGroup var filter: LineOptions
    @Option(name: [.customShort("n"), .customLong("lines")], help: ArgumentHelp("Lines to print.", valueName: "n"))
    var lines = 10

    func validate() throws {
        guard lines >= 0 else { throw ValidationError("--lines: expected 0 or more") }
    }

    func run() throws { try common.printLines(selection, layer, filter, most: lines) }
}

struct StagedCat: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cat", abstract: "Print all committed lines of a layer.",
        discussion: """
            Examples:
              cliosync staged cat --entity tasks --current | wc -l
              cliosync staged cat --entity time_entries --where "billed = false and total > 100" | jq -c '{id, total}'
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var selection: SelectionOptions
    @Option(help: "raw, clean or flagged.") var layer = StagedLayers.Layer.raw
    @OptionGroup var filter: LineOptions

    func run() throws { try common.printLines(selection, layer, filter, most: .max) }
}

extension CommonOptions {
    fileprivate func printLines(
        _ options: SelectionOptions, _ layer: StagedLayers.Layer, _ filter: LineOptions, most: Int
    ) throws {
        var left = most
        guard left > 0 else { return }
        // A pipe gets every byte as it is staged; what a terminal would obey is made visible there.
        let isTerminal = isatty(STDOUT_FILENO) == 1
        var output = Data()
        try stagedLayers(options).forEachLine(layer, filter.lines()) { _, line in
            if isTerminal {
                output.append(contentsOf: Terminal.safe(String(decoding: line, as: UTF8.self)).utf8)
            } else {
                output.append(contentsOf: line)
            }
            output.append(10)
            if output.count > 1 << 16 {
                guard Terminal.print(bytes: output) else { return false }
                output.removeAll(keepingCapacity: true)
            }
            left -= 1
            return left > 0
        }
        Terminal.print(bytes: output)
    }
}
