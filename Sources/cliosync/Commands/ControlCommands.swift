import Bytes
import Account
import ArgumentParser
import Foundation
import Jobs
import Load
import Pipelines
import Staging
import SyncManager

/// Which job a command is about; the connection follows from it, or it follows from the connection.
struct JobArgument: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "The job's id, its first characters, or `latest`; with --connection it may be left out.", valueName: "job"),
        completion: Completions.jobs)
    var job: String?

    /// Finds the job and makes its connection the one that the command works on.
    func find(_ common: inout CommonOptions) throws -> SyncJob { try Self.find(job, &common) }

    /// - Parameter job: nil: the newest of the connection.
    static func find(_ job: String?, _ common: inout CommonOptions) throws -> SyncJob {
        guard job != nil || common.chosenConnection != nil else {
            throw ConfigurationError("which job? give its id, `latest`, or --connection NAME for the newest of a firm")
        }
        let found = try JobFinder(staging: common.staging).find(job ?? "latest", connection: common.chosenConnection)
        common.connection = found.connection
        AdvisedCommand.given = common.given
        return found
    }
}

struct StopCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop",
        abstract: "Ask the process that runs a job to stop after the page in flight.",
        discussion: """
            The job becomes PAUSED; `cliosync resume` continues it. In the terminal of the run itself, Ctrl-C does the \
            same, and a second one ends the process at once.

            Examples:
              cliosync stop 1f2e3d
              cliosync stop latest
              cliosync stop --connection smith
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var argument: JobArgument

    func run() async throws {
        var common = common
        let job = try argument.find(&common)
        let catalog = try common.catalog()
        let manager = try common.manager(CommonOptions.noSettings(), catalog)
        let stopped = try manager.requestStop(job.id)
        defer { Terminal.acceptLostReport() }
        Output.print(try manager.getSyncStatus(stopped.id), json: common.json) {
            "asked job \(stopped.id) of \(stopped.connection) to stop · next: \(common.command("status --watch")), "
                + "then \(common.command("resume \(stopped.id.prefix(8))"))"
        }
    }
}

struct ResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Continue a job that was stopped, paused, killed, or that failed.",
        discussion: """
            All of the job's phases, from the page and the part where each ended, and with the --group-by, --recent, \
            --max-rejected and --sweep that it was begun with. What is finished is left alone.

            Examples:
              cliosync resume 1f2e3d
              cliosync resume latest
              cliosync resume --connection smith
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var scheduler: SchedulerOptions
    @OptionGroup var argument: JobArgument
    @OptionGroup var limits: LimitOptions
    @OptionGroup var space: SpaceOptions

    func run() async throws {
        scheduler.begin()
        var common = common
        let job = try argument.find(&common)
        try await StageRunner(common, phases: job.phases, scheduler, for: [.requests, .jobs, .masks, .remote]).resume(
            job, limits: limits.limits(space))
    }
}

struct ResetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset",
        abstract: "Delete the staged files and loaded rows of a job or of an entity.",
        discussion: """
            Says what would go and changes nothing, unless --yes is given. A whole job ends as CANCELLED, and the next \
            `cliosync run` begins a new one; after a reset of entities, `cliosync resume` fetches them again. Decisions \
            made in review are kept. Killed in the middle, the same command does the rest.

            Examples:
              cliosync reset 1f2e3d                          what would be thrown away
              cliosync reset 1f2e3d --yes
              cliosync reset latest --entity documents --yes  this entity only
              cliosync reset --connection smith              the newest job of this firm
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var argument: JobArgument
    @OptionGroup var selection: SelectionOptions
    @Flag(help: "Really throw it away.")
    var yes = false

    func run() async throws {
        var common = common
        let job = try argument.find(&common)
        let catalog = try common.catalog()
        let manager = try common.manager(CommonOptions.noSettings(), catalog)
        let preview = try manager.previewReset(job.id, entities: selection.entities, phases: selection.phases)
        if yes { try await manager.reset(preview) }
        // A preview is a listing, and fails where it cannot be written.
        defer { if yes { Terminal.acceptLostReport() } }
        let after = try manager.getSyncStatus(job.id)
        let status = after.job?.status ?? ""
        Output.print(preview.report(isDone: yes, status: status), json: common.json) {
            Self.text(preview) + additions(preview) + "\n\n" + outcome(preview, status, common)
        }
    }

    /// What keeps the reset from being carried out.
    private func additions(_ preview: ResetPreview) -> String {
        guard !preview.additions.isEmpty, !yes else { return "" }
        let names = preview.additions.map(\.text).joined(separator: ", ")
        return "\n\nothers made \(names): the reset is refused until that is dropped"
    }

    /// What happened, or would happen, and what comes next.
    private func outcome(_ preview: ResetPreview, _ status: String, _ common: CommonOptions) -> String {
        let job = preview.job
        let total = preview.total
        let what =
            "\(Format.count(total.files)) files, \(Format.bytes(total.bytes)) and "
            + "\(Format.count(total.rows)) rows in \(preview.database)"
        guard yes else { return "nothing was changed: \(what) would go · next: the same command with --yes" }
        let next = common.command(preview.isWholeJob ? "run" : "resume \(job.id.prefix(8))")
        return "\(status): \(what) are gone · next: \(next)"
    }

    private static func text(_ preview: ResetPreview) -> String {
        let rows = preview.entities.map { item in
            [
                item.phase, item.entity, Format.count(item.staged.files), Format.bytes(item.staged.bytes),
                Format.count(item.rows),
            ]
        }
        return "job \(preview.job.id) of \(preview.job.connection), \(preview.job.status.rawValue)\n\n"
            + Format.table(["phase", "entity", "files", "bytes", "rows"], rows, right: [2, 3, 4])
    }
}

struct PrioritizeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prioritize",
        abstract: "Pull an entity forward in a job that is running, or will be.",
        discussion: """
            The process that runs the job serves this entity's requests first from now on. With several, the last one that \
            was asked for comes first. Of an entity that is fetched by --group-by, one group can come first.

            Examples:
              cliosync prioritize latest documents
              cliosync prioritize --connection smith documents
              cliosync prioritize latest matters "Family law"
            """)

    @OptionGroup var common: CommonOptions
    @Argument(
        help: ArgumentHelp(
            "The job's id, its first characters, or `latest`; with --connection it may be left out.", valueName: "job"),
        completion: Completions.jobs)
    var first: String
    @Argument(
        help: ArgumentHelp("The entity, for example documents.", valueName: "entity"), completion: Completions.entities)
    var second: String?
    @Argument(help: ArgumentHelp("A group of it, by its id or its name.", valueName: "group")) var third: String?

    /// What the words mean: the job is left out where a connection is given and the first one is an entity.
    struct Words: Equatable {
        var job: String?
        var entity: String
        var group: String?

        init(_ words: [String], hasConnection: Bool, isEntity: (String) -> Bool) throws {
            var words = words
            if hasConnection, words.count == 1 || isEntity(words[0]) {
                job = nil
            } else {
                job = words.removeFirst()
            }
            guard let entity = words.first else {
                throw ValidationError(
                    "give the entity after the job, for example `cliosync prioritize latest documents`")
            }
            guard words.count <= 2 else { throw ValidationError("unexpected argument \(words[2])") }
            self.entity = entity
            group = words.dropFirst().first
        }
    }

    func run() async throws {
        var common = common
        let catalog = try common.catalog()
        let words = try Words(
            [first, second, third].compactMap { $0 }, hasConnection: common.chosenConnection != nil
        ) { name in catalog.entities.contains { $0.name == name } }
        let job = try JobArgument.find(words.job, &common)
        let manager = try common.manager(CommonOptions.noSettings(), catalog)
        let asked = try manager.prioritize(words.entity, group: words.group, job: job.id)
        defer { Terminal.acceptLostReport() }
        let what = words.group.map { "\(Terminal.safe($0)) of \(words.entity)" } ?? words.entity
        let status = try manager.getSyncStatus(job.id)
        Output.print(status, json: common.json) {
            "asked job \(asked.job.id) of \(asked.job.connection) to pull \(what) forward "
                + (status.job?.isRunning == true
                    ? "· next: \(common.command("status --watch"))"
                    : "when it runs · next: \(common.command("resume \(job.id.prefix(8))"))")
        }
    }
}
