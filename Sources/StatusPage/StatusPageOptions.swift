public import Jobs
internal import LocalServer
public import Pipelines
public import Progress
public import Staging

/// Where the page listens, what it shows, and who may see it.
public struct StatusPageOptions: Sendable {
    /// Folder of the staged files of all connections.
    public var staging: String
    /// The pipeline files: titles, phases, features.
    public var catalog: Catalog
    /// An address of this machine's loopback.
    public var host = "127.0.0.1"
    /// A Unix socket to listen on, instead of host and port.
    public var socket: String?
    /// The port; 0 takes a free one.
    public var port = 8080
    /// What opens the page for all firms; nil: nothing is asked on this machine.
    public var token: String?
    /// What opens the page for all firms and shows the values of flagged records, too; nil: they are not shown.
    public var valuesToken: String?
    /// What firms' links are signed with; nil: no link opens anything.
    public var linkSecret: String?
    /// The public address, if a proxy is in front of the page.
    public var publicURL: PublicURL?
    /// The program's version, for `/metrics`.
    public var version = "0"
    /// Starts a sync again; nil: the page offers no such button.
    public var resume: Resumer?
    /// Decides about flagged records; nil: the page offers no such form.
    public var decide: Decider?
    /// Looks how far the groups of an entity are; nil: the page shows none.
    public var groups: GroupReader?

    /// The firms of all machines that share an object store, as these stored their state; the page then shows them instead of
    /// the staging folder, and changes nothing. nil: the page shows the staging folder. Must not wait for anything.
    public var stored: (@Sendable () -> [StoredFirm])?

    /// What is expected of a connection's data; nil: nothing.
    public var freshness: (@Sendable (String) -> FreshnessRules)?

    /// The connections that are set up, whether a sync was begun or not; throws what is wrong with the settings of one.
    public var configured: (@Sendable () throws -> [String])?

    /// Raises the alarms of a connection whose data became stale, or whose token expires; must not wait for anything.
    public var onAlarm: (@Sendable (String) -> Void)?

    /// Options with the defaults above.
    public init(staging: String, catalog: Catalog) {
        self.staging = staging
        self.catalog = catalog
    }

    var address: LocalServer.Address {
        socket.map { .unix(path: $0) } ?? .loopback(host: host, port: port)
    }

    /// Why these options would not be safe, or not work: one line; nil: nothing.
    public var objection: String? {
        if let token, token.utf8.count < Self.leastSecret {
            return "--token: give at least \(Self.leastSecret) characters, for example of `openssl rand -hex 16`"
        }
        if let valuesToken {
            if valuesToken.utf8.count < Self.leastSecret {
                return
                    "--values-token: give at least \(Self.leastSecret) characters, for example of `openssl rand -hex 16`"
            }
            if token == nil { return "--values-token needs --token: without it, the page asks for no token" }
            if valuesToken == token { return "--values-token: must differ from --token" }
        }
        if let linkSecret, linkSecret.utf8.count < Self.leastSecret {
            return "--link-secret: give at least \(Self.leastSecret) characters, for example of `openssl rand -hex 16`"
        }
        if socket == nil, !LocalServer.Address.isLoopback(host) {
            return "--host \(host): the page listens on this machine only; serve a network through a proxy "
                + "(docs/status-page.md, Behind a proxy), with --socket where the proxy runs in another container"
        }
        return nil
    }

    private static let leastSecret = 16
}

/// How far the groups of an entity are, in a connection's folder and the database that the last run wrote, where that is
/// known; empty when the entity is not fetched by groups. May block.
public typealias GroupReader = @Sendable (Entity, ConnectionFolder, String?) -> [GroupSummary]

/// Starts the sync of a connection again, however that is done where the page runs.
public typealias Resumer = @Sendable (ResumeRequest) async -> ResumeAnswer

/// Which sync to resume.
public struct ResumeRequest: Sendable, Equatable {
    /// The connection.
    public let connection: String
    /// The job.
    public let jobID: String
    /// The phases of the job.
    public let phases: [String]
    /// The database that the last run wrote; nil: not known.
    public let database: String?
    /// Whether finished lists are brought up to date; otherwise only what is missing is fetched.
    public let isRefresh: Bool

    /// A request from its parts.
    public init(connection: String, jobID: String, phases: [String], database: String?, isRefresh: Bool = false) {
        self.isRefresh = isRefresh
        self.connection = connection
        self.jobID = jobID
        self.phases = phases
        self.database = database
    }
}

/// What came of it.
public struct ResumeAnswer: Sendable, Equatable {
    /// Whether the sync runs now.
    public let started: Bool
    /// One line for people.
    public let message: String

    /// An answer from its parts.
    public init(started: Bool, message: String) {
        self.started = started
        self.message = message
    }
}
