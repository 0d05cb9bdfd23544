import Account
import ArgumentParser
import Foundation
import Pipelines
import SyncManager

struct EstimateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "estimate",
        abstract: "Ask Clio for its counts and say what a sync will take.",
        discussion: """
            Costs one request per entity, each of which returns a sample page. The run is played through with this firm's \
            counts, this token's limit and the latency of its answers. The estimate is stored on the firm's job, and a run \
            says at its end how far off it was.

            Examples:
              cliosync estimate --connection smith
              cliosync estimate --connection smith --message      a sentence to forward to the firm
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var selection: SelectionOptions
    @OptionGroup var grouping: GroupingOptions
    @Flag(help: "Print one sentence for the firm instead: what becomes usable when, and by when all is there.")
    var message = false

    func run() async throws {
        let catalog = try common.catalog()
        let settings = try common.settings(catalog, for: [.requests])
        let chosen = try selection.selection(catalog, common, settings)
        let manager = try common.manager(settings, catalog)
        let estimate = try await manager.estimateSyncRequirements(
            connection: common.connection, selection: chosen, groupBy: grouping.groupBy)
        Output.print(estimate, json: common.json) {
            message
                ? estimate.message
                : EstimatePrinter(estimate).text + "\n\nnext: " + common.command("run" + phase(chosen) + groups)
        }
    }

    private func phase(_ chosen: Selection) -> String {
        chosen.phaseNames.count == 1 ? " --phase \(chosen.phaseNames[0])" : ""
    }

    private var groups: String { grouping.groupBy.map { " --group-by \($0)" } ?? "" }
}
