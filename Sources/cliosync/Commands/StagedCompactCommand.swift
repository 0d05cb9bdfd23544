import ArgumentParser
import Staging
import SyncManager

struct StagedCompactCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compact", abstract: "Rewrite layers to the newest version of every record.",
        discussion: """
            Every refresh adds parts, and what it fetched again stays in the files. This rewrites the layers of a list \
            without the versions that are superseded and without what Clio deleted. Nothing is fetched or loaded again. A \
            list that is not complete, transformed and loaded is left alone, and the report says so.

            Examples:
              cliosync staged compact --dry-run
              cliosync staged compact --phase core --entity matters
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var selection: SelectionOptions
    @Flag(help: "Write nothing, say what would be done.") var dryRun = false

    func run() async throws {
        let catalog = try common.catalog()
        let chosen = try selection.selection(catalog)
        _ = try ConnectionFolder.existing(staging: common.staging, connection: common.connection)
        let compaction = try StagedCompaction(
            catalog: catalog, staging: common.staging, connection: common.connection, database: common.databasePath)
        let stop = StopSignal()
        let signals = SignalTrap(stop)
        defer { signals.cancel() }
        let outcomes = try await dryRun ? compaction.plan(chosen, stop: stop) : compaction.run(chosen, stop: stop)
        // A dry run is a listing, and fails where it cannot be written.
        defer { if !dryRun { Terminal.acceptLostReport("the layers are compacted") } }
        Output.print(lines: outcomes, json: common.json) { text(outcomes) }
        if stop.isRequested { throw ExitCode(130) }
    }

    private func text(_ outcomes: [StagedCompaction.Outcome]) -> String {
        guard !outcomes.isEmpty else { return "nothing is staged" }
        let rows = outcomes.map { outcome in
            [
                outcome.phase, outcome.entity, word(outcome.action),
                change(outcome.recordsBefore, outcome.recordsAfter, Format.count),
                change(outcome.partsBefore, outcome.partsAfter, Format.count),
                change(outcome.bytesBefore, outcome.bytesAfter ?? outcome.bytesBefore, Format.bytes),
                outcome.reason ?? "",
            ]
        }
        return Format.table(
            ["phase", "entity", "compaction", "records", "parts", "size", ""], rows, right: [3, 4, 5])
            + (dryRun ? "\nnothing was written" : "")
    }

    private func word(_ action: StagedCompaction.Outcome.Action) -> String {
        switch action {
        case .compacted: dryRun ? "would be done" : "done"
        case .unchanged: "not needed"
        case .waiting: "waits"
        }
    }

    private func change(_ before: Int, _ after: Int, _ text: (Int) -> String) -> String {
        before == after ? text(before) : "\(text(before)) -> \(text(after))"
    }
}
