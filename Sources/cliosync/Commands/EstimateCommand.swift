import ArgumentParser
import SyncManager

struct EstimateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "estimate",
        abstract: "Ask Clio for its counts and say what a sync will take.",
        discussion: """
            Costs one request per entity. The duration is that of the requests at today's limit.

            Example:
              cliosync estimate --connection smith
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var selection: SelectionOptions

    func run() async throws {
        let catalog = try common.catalog()
        let chosen = try selection.selection(catalog)
        let manager = try SyncManager(
            common.configuration(common.settings(catalog)), catalog: catalog, logger: common.logger())
        let estimate = try await manager.estimateSyncRequirements(connection: common.connection, selection: chosen)
        if common.json { return Terminal.print(estimate.json) }
        let rows = estimate.entities.map { entity in
            [
                entity.phase, entity.entity, entity.records.map(Format.count) ?? "not told",
                Format.count(entity.requests),
                Format.duration(entity.seconds),
            ]
        }
        Terminal.print(
            Format.table(["phase", "entity", "records", "requests", "at the limit"], rows, right: [2, 3, 4]))
        Terminal.print("")
        Terminal.print(
            "a \(estimate.firmSize) firm: \(Format.count(estimate.records)) records, \(Format.count(estimate.requests)) "
                + "requests at \(Format.count(Int(estimate.requestsPerMinute))) a minute, about "
                + "\(Format.duration(estimate.seconds)); database about \(Format.bytes(estimate.databaseBytes))"
                + (estimate.user.map { "; as \(Terminal.safe($0))" } ?? ""))
        Terminal.print("next: cliosync run --phase \(chosen.phaseNames.first ?? "core")")
    }
}
