import Account
import ArgumentParser
import Load
import SyncManager

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Extract, transform, load and verify, phase by phase.",
        discussion: """
            Joins the open job of the connection, or begins one. Stopped or killed, the same command continues where it \
            ended.

            Examples:
              cliosync run                                  all phases, in order
              cliosync run --phase core --connection smith  day 1 of one firm
              cliosync run --phase core --force             everything of core from Clio again
              cliosync run --recent 12mo                    the last year of time entries, calendar and documents first
              cliosync run --group-by practice_area         matters practice area by practice area, each loaded at once
              cliosync run --sweep                          bring a finished database up to date, deletions too
              cliosync run --all                            every firm that is set up, SYNC_MAX_CONCURRENT_JOBS at a time

            With --all, the firms are those that this folder defines: by a file connections/NAME.env, a login made here, or, \
            for `default`, a token in .env or the environment; the exit code is the worst of theirs.

            The first run pins files and database to the Clio account of its token; a token of another account is refused \
            with exit code 2. A sweep, or --force, that would take out more than 5 % of a list (and more than 20 records), or \
            all of it, stops before it does, with exit code 4; --accept-removals goes ahead.
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var scheduler: SchedulerOptions
    @OptionGroup var selection: SelectionOptions
    @OptionGroup var extract: ExtractionOptions
    @OptionGroup var limits: LimitOptions
    @OptionGroup var space: SpaceOptions
    @Flag(help: "Extract, transform and load again even what is finished.")
    var force = false
    @Flag(help: "All firms that are set up, several at a time.")
    var all = false

    func validate() throws {
        if all, common.chosenConnection != nil || common.database != nil {
            throw ValidationError(
                "--all runs every firm with its own database: leave --connection and --database out")
        }
    }

    func run() async throws {
        scheduler.begin()
        if all {
            return try await AllFirms(common, selection, scheduler).run(
                force: force, options: extract.options, limits: limits.limits(space))
        }
        try await StageRunner(common, selection, scheduler, for: [.requests, .jobs, .masks, .remote]).run(
            force: force, options: extract.options, limits: limits.limits(space))
    }
}

struct ExtractCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "extract",
        abstract: "Fetch what Clio has into raw staged files.",
        discussion: """
            Continues where it ended; a finished phase is left alone, unless --force starts a new raw generation.

            Example:
              cliosync extract --phase historical
              cliosync extract --sweep                      what changed, what is missing and what is gone since
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var scheduler: SchedulerOptions
    @OptionGroup var stage: StageOptions
    @OptionGroup var selection: SelectionOptions
    @OptionGroup var extract: ExtractionOptions
    @OptionGroup var space: SpaceOptions
    @Flag(help: "Fetch finished entities again, into a new raw generation.")
    var force = false

    func run() async throws {
        scheduler.begin()
        try await StageRunner(common, selection, scheduler, for: [.requests, .masks, .remote]).stages(
            [.extract], force: force, inJob: stage.inJob, options: extract.options, limits: space.limits)
    }
}

struct TransformCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "transform",
        abstract: "Check and map raw staged files into clean and flagged ones.",
        discussion: """
            Only what changed is done: new raw parts, or everything of an entity whose pipeline changed. No request is \
            made.

            Example:
              cliosync transform --phase core --entity matters
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var scheduler: SchedulerOptions
    @OptionGroup var stage: StageOptions
    @OptionGroup var selection: SelectionOptions
    @OptionGroup var limits: LimitOptions
    @OptionGroup var space: SpaceOptions
    @Flag(help: "Transform again even what is up to date.")
    var force = false

    func run() async throws {
        scheduler.begin()
        try await StageRunner(common, selection, scheduler, for: [.remote]).stages(
            [.transform], force: force, inJob: stage.inJob, limits: limits.limits(space))
    }
}

struct LoadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load",
        abstract: "Load clean staged files into the SQLite database.",
        discussion: """
            Parts that are loaded already are skipped. A changed table is rebuilt beside the old one and swapped in.

            Example:
              cliosync load --phase core --database firm.sqlite
              cliosync load --datasette && datasette databases/default.sqlite -m databases/default.metadata.json
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var scheduler: SchedulerOptions
    @OptionGroup var stage: StageOptions
    @OptionGroup var selection: SelectionOptions
    @OptionGroup var space: SpaceOptions
    @Flag(help: "Build the tables anew even when nothing changed.")
    var force = false
    @Flag(help: "Also write titles and descriptions for Datasette: FIRM.metadata.json beside the database.")
    var datasette = false

    func run() async throws {
        scheduler.begin()
        if datasette {
            let path = try DatasetteMetadata(common.catalog()).write(database: common.databasePath)
            Terminal.note("written \(path)")
        }
        try await StageRunner(common, selection, scheduler, for: [.remote]).stages(
            [.load], force: force, inJob: stage.inJob, limits: space.limits)
    }
}

struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Prove from the files and the database that nothing is missing.",
        discussion: """
            Exit code 3 when a check fails.

            Example:
              cliosync verify --json | jq '.verify.checks[] | select(.ok | not)'
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var scheduler: SchedulerOptions
    @OptionGroup var stage: StageOptions
    @OptionGroup var selection: SelectionOptions

    func run() async throws {
        scheduler.begin()
        try await StageRunner(common, selection, scheduler, for: [.remote]).stages(
            [.verify], force: false, inJob: stage.inJob)
    }
}

/// What the commands of single stages have in common.
struct StageOptions: ParsableArguments {
    @Flag(help: "Work as a part of the connection's job, as run does: status, alarms, stop and prioritize know of it.")
    var inJob = false
}
