import ArgumentParser
import Staging
import Inspection

struct StagedPruneCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune", abstract: "Remove generations of layers that are no longer used.",
        discussion: """
            Never what is in place. Work that was begun and not ended stays, too, unless --older is given: the same \
            command again would continue it.

            Examples:
              cliosync staged prune --dry-run
              cliosync staged prune --keep 1 --older 7d
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var selection: SelectionOptions
    @Option(help: ArgumentHelp("Old generations of each entity to keep.", valueName: "n")) var keep = 0
    @Option(help: ArgumentHelp("Only what was not changed for so long: 12h, 7d, 2w.", valueName: "age"))
    var older: String?
    @Flag(help: "Remove nothing, say what would be removed.") var dryRun = false

    func validate() throws {
        guard keep >= 0 else { throw ValidationError("--keep: expected 0 or more") }
        if let older, StagedPrune.seconds(older) == nil {
            throw ValidationError("--older: expected hours, days or weeks, such as 12h, 7d or 2w")
        }
    }

    func run() throws {
        let chosen = try selection.selection(common.catalog())
        let prune = try StagedPrune(
            staging: common.staging, connection: common.connection, keep: keep,
            olderThan: older.flatMap(StagedPrune.seconds))
        let items = try dryRun ? prune.items(chosen) : prune.run(chosen)
        // A dry run is a listing, and fails where it cannot be written.
        defer { if !dryRun { Terminal.acceptLostReport("the files are removed") } }
        Output.print(lines: items.map { $0.report(removed: !dryRun) }, json: common.json) { text(items) }
    }

    private func text(_ items: [StagedPrune.Item]) -> String {
        guard !items.isEmpty else { return "nothing to remove" }
        let rows = items.map { item in
            [
                item.phase, item.leftover.entity, item.leftover.kind.rawValue, Format.bytes(item.leftover.bytes),
                Terminal.safe(item.leftover.path),
            ]
        }
        let bytes = Format.bytes(items.reduce(0) { $0 + $1.leftover.bytes })
        return Format.table(["phase", "entity", "what", "size", "path"], rows, right: [3])
            + "\n\(bytes) \(dryRun ? "would be freed; nothing was removed" : "freed")"
    }
}
