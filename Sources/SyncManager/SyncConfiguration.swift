public import Account

/// Where things are for one connection, and its settings.
public struct SyncConfiguration: Sendable {
    /// The connection's name, `[a-z0-9-]{1,64}`.
    public var connection: String
    /// The folder of the staged files.
    public var staging: String
    /// The SQLite database.
    public var database: String
    /// Everything from the environment.
    public var settings: Settings
    /// Is told, before the first request for a list, as whom a run works and where its token is from.
    public var announce: @Sendable (String) -> Void = { _ in }

    /// Receives what happens, for the program that started the run. Called on any thread; must not block for long.
    public var events: (@Sendable (SyncEvent) -> Void)?
    /// Seconds that a run waits at once; a longer wait ends it with `RunReport.Ending.later`. nil: it waits.
    public var longestWait: Double?
    /// Seconds after which a run ends, also with `.later`; nil: when its work is done.
    public var duration: Double?

    /// A configuration; nothing is checked or created yet.
    public init(connection: String, staging: String, database: String, settings: Settings) {
        self.connection = connection
        self.staging = staging
        self.database = database
        self.settings = settings
    }
}
