import Account
public import ArgumentParser
import Foundation
public import Logging
import Pipelines
import Staging
import SyncManager
import Synchronization

/// Options of every command that works on a connection.
struct CommonOptions: ParsableArguments {
    @Option(
        name: .customLong("connection"),
        help: ArgumentHelp("The firm's connection: 1 to 64 of a-z, 0-9 and - (default: default).", valueName: "name"),
        completion: Completions.connections)
    var chosenConnection: String?

    @Option(help: ArgumentHelp("Folder of the staged files.", valueName: "dir"), completion: .directory)
    var staging = "staging"

    @Option(
        help: ArgumentHelp("SQLite database (default: databases/CONNECTION.sqlite).", valueName: "file"),
        completion: .file())
    var database: String?

    @Option(help: ArgumentHelp("Folder of the pipeline files.", valueName: "dir"), completion: .directory)
    var pipelines = "pipelines"

    @Option(
        help: ArgumentHelp("File with settings (default: .env, if there is one).", valueName: "file"),
        completion: .file())
    var envFile: String?

    @Flag(help: "Print one JSON object on stdout instead of text.")
    var json = false

    @Option(help: ArgumentHelp("trace, debug, info, notice, warning, error or critical.", valueName: "level"))
    var logLevel: Logger.Level = .warning

    @Option(help: ArgumentHelp("text or json, on stderr.", valueName: "format"))
    var logFormat: StderrLogHandler.Style = .text

    @Flag(help: "Draw no progress.")
    var noProgress = false

    /// The connection that was named, or that of a job that was.
    var connection: String {
        get { chosenConnection ?? "default" }
        set { chosenConnection = newValue }
    }

    /// Those that say whose data and which files.
    var given: GivenOptions {
        GivenOptions(
            connection: connection == "default" ? nil : connection, staging: staging == "staging" ? nil : staging,
            database: database, pipelines: pipelines == "pipelines" ? nil : pipelines, envFile: envFile)
    }

    /// A command that comes next, with the options in use.
    /// - Parameter words: the command without `cliosync`.
    func command(_ words: String) -> String { "cliosync \(words)\(given.text(for: words))" }

    var databasePath: String { database ?? "databases/\(connection).sqlite" }

    /// The pipeline files, all problems at once if there are any.
    func catalog() throws -> Catalog {
        // Where nothing but a demo was run, the pipelines are those that it ran with.
        if pipelines == "pipelines", try !Files.exists(pipelines),
            try Files.exists(DemoCommand.markerPath(staging: staging))
        {
            return try Starter.catalog()
        }
        return try Catalog.load(folder: pipelines)
    }

    /// - Parameters:
    ///   - uses: what the command needs; a wrong value of anything else is a warning.
    ///   - onlyOwnTokens: whether several firms run in this process.
    func settings(
        _ catalog: Catalog?, for uses: Set<SettingUse>, onlyOwnTokens: Bool = false
    ) throws -> Settings {
        let settings = try Connections.settings(
            connection, envFile: envFile, onlyOwnTokens: onlyOwnTokens, staging: staging,
            batchSettings: Settings.batchNames + (catalog?.entities.compactMap(\.batchSetting) ?? []), for: uses)
        Self.warn(settings.warnings)
        return settings
    }

    /// Gives each warning once, however many firms a command works on.
    static func warn(_ warnings: [String]) {
        for warning in warnings where given.withLock({ $0.insert(warning).inserted }) {
            Terminal.warning(Terminal.safe(warning))
        }
    }

    private static let given = Mutex<Set<String>>([])

    /// The settings of a command that only looks at files: a wrong one must not be in its way.
    static func noSettings() throws -> Settings { try Settings(environment: [:], envFile: "/dev/null") }

    func logger() -> Logger {
        let (level, style) = (logLevel, logFormat)
        return Logger(label: "cliosync") { StderrLogHandler(label: $0, level: level, style: style) }
    }

    func configuration(_ settings: Settings) -> SyncConfiguration {
        var configuration = SyncConfiguration(
            connection: connection, staging: staging, database: databasePath, settings: settings)
        configuration.announce = { Terminal.note("account: " + Terminal.brief($0, 600)) }
        return configuration
    }

    /// The library, for a command that runs no stage.
    func manager(_ settings: Settings, _ catalog: Catalog) throws -> SyncManager {
        try SyncManager(configuration(settings), catalog: catalog, logger: logger())
    }
}

extension Logger.Level: @retroactive ExpressibleByArgument {}
extension StderrLogHandler.Style: ExpressibleByArgument {}

/// Which phases and entities a command works on.
struct SelectionOptions: ParsableArguments {
    @Option(
        name: .customLong("phase"), parsing: .singleValue,
        help: ArgumentHelp("A phase: the name of a pipeline file; may be repeated.", valueName: "phase"),
        completion: Completions.phases)
    var phases: [String] = []

    @Option(
        name: .customLong("entity"), parsing: .singleValue,
        help: ArgumentHelp("An entity of these phases, for example matters; may be repeated.", valueName: "entity"),
        completion: Completions.entities)
    var entities: [String] = []

    /// What was named, else everything.
    func selection(_ catalog: Catalog) throws -> Selection {
        try Selection(catalog, phases: phases, entities: entities)
    }

    /// What a stage works on for one firm.
    func selection(_ catalog: Catalog, _ common: CommonOptions, _ settings: Settings) throws -> Selection {
        try Selection(
            catalog, phases: phases, entities: entities, settings: settings,
            folder: ConnectionFolder(staging: common.staging, connection: common.connection))
    }
}
