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

    /// A configuration; nothing is checked or created yet.
    public init(connection: String, staging: String, database: String, settings: Settings) {
        self.connection = connection
        self.staging = staging
        self.database = database
        self.settings = settings
    }
}
