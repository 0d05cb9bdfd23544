import Account
import ArgumentParser
import JSON
import Staging
import SyncManager

struct RemoteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remote",
        abstract: "Keep the staged files in an object store, for other machines.",
        discussion: """
            SYNC_REMOTE names the store: s3://BUCKET/PREFIX. While it is set, run and the stages fetch from it what they need \
            and store what they make; these commands do so on request. A push replaces the state of a phase in one step, and is \
            refused when another machine has stored one that this machine does not know.

            Examples:
              cliosync remote push
              cliosync remote ls
              cliosync remote pull --phase core
              cliosync remote database smith.sqlite
              cliosync remote check
            """,
        subcommands: [
            RemoteList.self, RemoteStatus.self, RemotePush.self, RemotePull.self, RemoteDatabase.self, RemoteCheck.self,
            RemoteRemove.self,
        ],
        defaultSubcommand: RemoteList.self)
}

/// Options of all commands about the store.
struct RemoteOptions: ParsableArguments {
    @Option(
        name: .customLong("phase"), parsing: .singleValue,
        help: ArgumentHelp("A phase; may be repeated (default: all, and the decisions).", valueName: "phase"),
        completion: Completions.phases)
    var phases: [String] = []

    func run<Result>(_ common: CommonOptions, _ body: (RemoteSync) async throws -> Result) async throws -> Result {
        try await Self.run(common, phases: phases, body)
    }

    /// Runs a command that a signal ends after the request in flight; the same command continues it.
    static func run<Result>(
        _ common: CommonOptions, phases: [String] = [], _ body: (RemoteSync) async throws -> Result
    ) async throws -> Result {
        let stop = StopSignal()
        let signals = SignalTrap(stop, note: "stopping after the requests in flight; once more to stop at once")
        defer { signals.cancel() }
        let settings = try common.settings(nil, for: [.remote])
        return try await body(
            RemoteSync(
                connection: common.connection, staging: common.staging, settings: settings, phases: phases, stop: stop))
    }

    static func print(_ reports: [RemoteSync.Report], json: Bool, done: String, none: String) {
        Output.print(lines: reports, json: json) {
            let changed = reports.filter(\.changed)
            guard !changed.isEmpty else { return none }
            let rows = changed.map { [Terminal.safe($0.scope), Format.count($0.files), Format.bytes($0.bytes)] }
            return Format.table(["scope", "files", "size"], rows, right: [1, 2]) + "\n\(done)"
        }
    }
}

struct RemoteList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "List what the store has of a connection.",
        discussion: """
            Example:
              cliosync remote ls --json
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var options: RemoteOptions

    func run() async throws {
        let stored = try await options.run(common) { try await $0.list() }
        Output.print(lines: stored, json: common.json) {
            guard !stored.isEmpty else { return "the store has nothing of \(common.connection)" }
            let rows = stored.map {
                [
                    Terminal.safe($0.scope), Format.count($0.files), Format.bytes($0.bytes), Terminal.safe($0.storedAt),
                    Terminal.safe($0.host),
                ]
            }
            return Format.table(["scope", "files", "size", "stored", "by"], rows, right: [1, 2])
        }
    }
}

struct RemoteStatus: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show how far a connection is, whichever machine works on it.",
        discussion: """
            The state that machines store while they work on the firm: with --json, the object of `cliosync status --json`. \
            `cliosync serve --remote` shows those of all firms.

            Example:
              cliosync remote status --connection smith
            """)

    @OptionGroup var common: CommonOptions

    func run() async throws {
        guard let stored = try await RemoteOptions.run(common, { try await $0.status() }) else {
            return Output.print(RawJSON("null"), json: common.json) {
                "no machine has stored a state of \(common.connection)"
            }
        }
        Output.print(RawJSON(stored.document), json: common.json) {
            let rows = stored.rows.map { row in
                [
                    Terminal.safe(row.phase), Terminal.safe(row.entity), row.status,
                    row.fetchedPercent.map { "\(Int($0)) %" } ?? "-", Format.count(row.loaded),
                ]
            }
            return Format.table(["phase", "entity", "status", "fetched", "loaded"], rows, right: [3, 4])
                + "\n\(common.connection): \(stored.status)"
        }
    }
}

struct RemotePush: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "push", abstract: "Store this machine's staged files.",
        discussion: """
            Only what changed is sent. Cut off, it leaves the state before it, and the same command continues. Exit code 5 \
            when another machine has stored a state that this one does not know.

            Example:
              cliosync remote push --phase core
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var options: RemoteOptions
    @Flag(help: "Replace what another machine has stored.") var force = false

    func run() async throws {
        let reports = try await options.run(common) { try await $0.push(replacing: force) }
        defer { Terminal.acceptLostReport("the files are stored") }
        RemoteOptions.print(reports, json: common.json, done: "stored", none: "the store has everything already")
    }
}

struct RemotePull: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pull", abstract: "Get the staged files from the store.",
        discussion: """
            Every file is compared with its digest before it is put in place. Exit code 5 when both this machine and the \
            store have changes. Afterwards transform and load work as on the machine that stored them.

            Example:
              cliosync remote pull && cliosync load && cliosync verify
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var options: RemoteOptions
    @Flag(help: "Discard the changes of this machine.") var force = false

    func run() async throws {
        let reports = try await options.run(common) { try await $0.pull(replacing: force) }
        defer { Terminal.acceptLostReport("the files are received") }
        RemoteOptions.print(reports, json: common.json, done: "received", none: "this machine has everything already")
    }
}

struct RemoteDatabase: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "database", abstract: "Get the database that was verified last.",
        discussion: """
            With SYNC_REMOTE set, `verify` and `run` publish the database once all checks agree. This command compares it with \
            its digest and puts it in place in one step.

            Example:
              cliosync remote database --connection smith smith.sqlite
            """)

    @OptionGroup var common: CommonOptions
    @Flag(help: "Replace a file that is there.") var force = false
    @Argument(help: "The file to write.", completion: .file()) var file: String

    func run() async throws {
        let report = try await RemoteOptions.run(common) { try await $0.fetchDatabase(to: file, replacing: force) }
        defer { Terminal.acceptLostReport("the database is whole: \(Terminal.safe(file))") }
        Output.print(report, json: common.json) {
            "\(Terminal.safe(report.file)): \(Format.bytes(report.bytes)), SHA-256 \(report.sha256)"
        }
    }
}

struct RemoteCheck: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Compare every byte in the store with its digest and with this machine's files.",
        discussion: """
            Reads everything, and changes nothing. Exit code 3 when something is missing, damaged or different.

            Example:
              cliosync remote check --phase core
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var options: RemoteOptions

    func run() async throws {
        let (files, findings) = try await options.run(common) { try await $0.check() }
        Output.print(lines: findings, json: common.json) {
            findings.isEmpty
                ? "\(Terminal.green("ok")): \(Format.count(files)) files are the same here and in the store"
                : findings.map { Terminal.safe("\($0.path): \(Self.text($0.problem))") }.joined(separator: "\n")
        }
        guard findings.isEmpty else { throw ExitCode(3) }
    }

    private static func text(_ problem: String) -> String {
        switch problem {
        case "missing_in_store": "is missing in the store; `cliosync remote push --force` where the file is stores it"
        case "damaged_in_store": "is damaged in the store; `cliosync remote push --force` where the file is stores it"
        case "only_in_store": "is only in the store; `cliosync remote pull` gets it"
        case "only_here": "is only on this machine; `cliosync remote push` stores it"
        default: "differs from the store; push or pull, whichever is newer"
        }
    }
}

struct RemoteRemove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm", abstract: "Delete everything of a connection from the store.",
        discussion: """
            With SYNC_REMOTE set, `cliosync forget` removes a firm from the store as well as from this machine; this command \
            removes it from the store only. Nothing is changed without --yes.

            Example:
              cliosync remote rm --connection smith --yes
            """)

    @OptionGroup var common: CommonOptions
    @Flag(help: "Really delete it.") var yes = false

    func run() async throws {
        guard yes else {
            throw ValidationError("this deletes all files of \(common.connection) from the store; repeat it with --yes")
        }
        let count = try await RemoteOptions.run(common) { try await $0.removeAll() }
        Terminal.report("\(Format.count(count)) objects deleted", remedy: "`cliosync remote ls` shows what is left")
    }
}
