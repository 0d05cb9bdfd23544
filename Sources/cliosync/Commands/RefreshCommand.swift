import Account
import ArgumentParser
import Extract
import SyncManager

struct RefreshCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "refresh",
        abstract: "Bring a finished database up to date with few requests.",
        discussion: """
            Fetches what was created or changed since the last pass, finds what was deleted, and transforms, loads and \
            verifies the difference. A list in which nothing changed takes three requests. What is not finished yet is \
            finished first. Stopped or killed, the same command continues.

            Deletions leave no trace in Clio's lists. With `--deletions counts`, counts by creation time are compared with \
            what is here, and narrowed down to the deleted records; each is confirmed before it is deleted. Where counts are \
            missing or do not agree, or so much was deleted that it costs less, all ids are read instead (`sweep`). Counts \
            cannot see a deletion that a record which reappeared makes up for: run a sweep every month.

            As with `run`, more than 5 % of a list (and more than 20 records), or all of it, is deleted only with \
            --accept-removals.

            With --dry-run, two or three counts a list say what a refresh would fetch and how many requests it would take. \
            Counts show the net change: a record that reappeared makes up for one that was deleted.

            With --deep, the etag of every record is compared as well, and what differs is fetched: edits that left \
            `updated_at` as it was, which nested data may. It takes as many requests as a sweep, and is meant for once a month.

            Where Clio ignores or refuses `updated_since`, the list is read whole, which the log says.

            Examples:
              cliosync refresh
              cliosync refresh --dry-run
              cliosync refresh --connection smith --phase core
              cliosync refresh --deletions sweep            once a month
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var scheduler: SchedulerOptions
    @OptionGroup var selection: SelectionOptions
    @OptionGroup var limits: LimitOptions
    @OptionGroup var space: SpaceOptions
    @Option(help: ArgumentHelp("How deletions are found: counts (the default), sweep or off.", valueName: "way"))
    var deletions: DeletionChoice?
    @Flag(help: "Compare the etag of every record, too; finds deletions as a sweep does.")
    var deep = false
    @Flag(help: "Take out records that are gone from Clio, or not shown to this user, even if they are many.")
    var acceptRemovals = false
    @Flag(help: "Request only counts and say what a refresh would do; write nothing.")
    var dryRun = false

    func validate() throws {
        if deep, let deletions, deletions != .sweep {
            throw ValidationError("--deep reads all ids: it cannot be combined with --deletions \(deletions.rawValue)")
        }
    }

    private var mode: DeletionMode {
        if deep { return .deep }
        return switch deletions ?? .counts {
        case .counts: .counts
        case .sweep: .sweep
        case .off: .off
        }
    }

    func run() async throws {
        scheduler.begin()
        guard !dryRun else { return try await preview() }
        try await StageRunner(common, selection, scheduler, for: [.requests, .jobs, .masks, .remote]).run(
            force: false, options: ExtractOptions(update: mode, acceptsRemovals: acceptRemovals),
            limits: limits.limits(space))
    }

    private func preview() async throws {
        let catalog = try common.catalog()
        let settings = try common.settings(catalog, for: [.requests])
        let chosen = try selection.selection(catalog, common, settings)
        let manager = try common.manager(settings, catalog)
        let preview = try await manager.previewRefresh(chosen, deletions: mode)
        Output.print(preview, json: common.json) {
            RefreshPreviewPrinter(preview).text + "\n\nnext: " + common.command("refresh")
        }
    }
}

/// What `--deletions` takes.
enum DeletionChoice: String, CaseIterable, ExpressibleByArgument { case counts, sweep, off }
