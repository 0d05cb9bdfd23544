public import ArgumentParser
public import Extract
import SyncManager

struct RefreshCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "refresh",
        abstract: "Bring a finished database up to date with few requests.",
        discussion: """
            Fetches what was created or changed since the last pass, finds what was deleted, and transforms, loads and \
            verifies the difference. A list in which nothing changed takes four requests. What is not finished yet is \
            finished first. Stopped or killed, the same command continues.

            Deletions leave no trace in Clio's lists. With `--deletions counts`, counts by creation time are compared with \
            what is here, and narrowed down to the deleted records; each is confirmed before it is deleted. Where counts are \
            missing or do not agree, or so much was deleted that it costs less, all ids are read instead (`sweep`). Counts \
            cannot see a deletion that a record which reappeared makes up for: run a sweep every month.

            As with `run`, more than 5 % of a list (and more than 20 records), or all of it, is deleted only with \
            --accept-removals.

            Examples:
              cliosync refresh
              cliosync refresh --connection smith --phase core
              cliosync refresh --deletions sweep            once a month
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var scheduler: SchedulerOptions
    @OptionGroup var selection: SelectionOptions
    @OptionGroup var limits: LimitOptions
    @OptionGroup var space: SpaceOptions
    @Option(help: ArgumentHelp("How deletions are found: counts, sweep or off.", valueName: "way"))
    var deletions: DeletionMode = .counts
    @Flag(help: "Take out records that are gone from Clio, or not shown to this user, even if they are many.")
    var acceptRemovals = false

    func run() async throws {
        scheduler.begin()
        try await StageRunner(common, selection, scheduler, for: [.requests, .jobs, .masks]).run(
            force: false, options: ExtractOptions(update: deletions, acceptsRemovals: acceptRemovals),
            limits: limits.limits(space))
    }
}

extension DeletionMode: ExpressibleByArgument {}
