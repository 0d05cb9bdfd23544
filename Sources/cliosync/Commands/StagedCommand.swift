import ArgumentParser

struct StagedCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "staged",
        abstract: "Look into the staged files.",
        discussion: """
            The files are gzip NDJSON; zcat, jq, Python and DuckDB read them as they are. These commands know which parts \
            count.

            Examples:
              cliosync staged ls
              cliosync staged head --phase core --entity matters --layer flagged
              cliosync staged cat --entity matters | jq -r .display_number
              cliosync staged stats --entity matters --layer clean
              cliosync staged check
              cliosync staged diff --phase core
              cliosync staged compact --dry-run
              cliosync staged prune --dry-run
              cliosync staged import --phase historical --entity time_entries export.ndjson.gz
            """,
        subcommands: [
            StagedList.self, StagedHead.self, StagedCat.self, StagedStats.self, StagedCheckCommand.self,
            StagedImportCommand.self, StagedDiffCommand.self, StagedCompactCommand.self, StagedPruneCommand.self,
        ],
        defaultSubcommand: StagedList.self)
}
