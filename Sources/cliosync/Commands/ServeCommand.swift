import Account
import ArgumentParser
import Bytes
import CMalloc
import Foundation
import Logging
import Pipelines
import Staging
import StatusPage
import SyncManager

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve the status page, its JSON and metrics.",
        discussion: """
            Shows all connections of a staging folder: / for people, /api/status and /metrics for programs, /healthz. It \
            listens on this machine only and needs no token there; a proxy with TLS serves other machines, with --token \
            or firms' signed links. The token and the secret may be given in SYNC_STATUS_TOKEN and \
            SYNC_STATUS_LINK_SECRET instead, where no list of processes shows them. While it runs, it raises the alarms \
            `stale` for firms whose data are older than SYNC_FRESHNESS_HOURS and `expiring` for tokens that end within 7 days, \
            and sends the alarms that quiet hours held and the digests of the week.

            Examples:
              cliosync serve
              cliosync serve --token "$(openssl rand -hex 16)" --public-url https://status.example.com
              cliosync serve --socket /run/cliosync/page.sock
              cliosync serve --remote                       all firms of the object store
              cliosync serve --print-link smith --public-url https://status.example.com
            """)

    @Flag(help: "Show the firms of all machines that store their work in SYNC_REMOTE, not those of a staging folder.")
    var remote = false
    @Option(
        help: ArgumentHelp(
            "With --remote, how often the store is asked for what changed (default: 10s).", valueName: "time"))
    var every: TimeSpan?
    @Option(help: ArgumentHelp("TCP port; 0 takes a free one.", valueName: "port")) var port = 8080
    @Option(help: ArgumentHelp("Loopback address to listen on: 127.0.0.1 or ::1.", valueName: "address"))
    var host = "127.0.0.1"
    @Option(
        help: ArgumentHelp("Unix socket to listen on instead, for a proxy.", valueName: "file"), completion: .file())
    var socket: String?
    @Option(help: ArgumentHelp("Opens the page for all firms; 16 characters or more.", valueName: "token"))
    var token: String?
    @Option(
        help: ArgumentHelp(
            "Opens the page for all firms and shows values of flagged records; 16 characters or more.",
            valueName: "token"))
    var valuesToken: String?
    @Option(help: ArgumentHelp("What firms' links are signed with; 16 characters or more.", valueName: "secret"))
    var linkSecret: String?
    @Option(help: ArgumentHelp("How people reach the page, behind a proxy.", valueName: "url")) var publicURL: String?
    @Option(
        help: ArgumentHelp("Print a link that opens this firm's page only, and end.", valueName: "firm"),
        completion: Completions.connections)
    var printLink: String?
    @Option(help: ArgumentHelp("Days that the printed link works.", valueName: "n")) var linkDays = 14
    @Option(help: ArgumentHelp("Folder of the staged files.", valueName: "dir"), completion: .directory) var staging =
        "staging"
    @Option(help: ArgumentHelp("Folder of the pipeline files.", valueName: "dir"), completion: .directory)
    var pipelines = "pipelines"
    @Option(
        help: ArgumentHelp("File with settings (default: .env, if there is one).", valueName: "file"),
        completion: .file())
    var envFile: String?

    func validate() throws {
        guard (0...65_535).contains(port) else { throw ValidationError("--port: expected 0 to 65535") }
        guard (1...366).contains(linkDays) else { throw ValidationError("--link-days: expected 1 to 366") }
        guard every == nil || remote else { throw ValidationError("--every: is for --remote") }
        guard publicURL == nil || address != nil else {
            throw ValidationError("--public-url: expected http:// or https://, a host, perhaps a port, and no path")
        }
    }

    func run() async throws {
        let catalog = try Catalog.load(folder: pipelines)
        let settings = try Settings(
            environment: ProcessInfo.processInfo.environment, envFile: envFile,
            batchSettings: Settings.batchNames + catalog.entities.compactMap(\.batchSetting),
            for: remote ? [.page, .remote] : [.page])
        CommonOptions.warn(settings.warnings)
        var options = StatusPageOptions(staging: staging, catalog: catalog)
        options.host = host == "localhost" ? "127.0.0.1" : host
        options.port = port
        options.socket = socket
        options.token = token ?? settings.statusToken
        options.valuesToken = valuesToken ?? settings.statusValuesToken
        options.linkSecret = linkSecret ?? settings.statusLinkSecret
        options.publicURL = address
        options.version = Cliosync.configuration.version
        options.resume = RunLauncher(staging: staging, pipelines: pipelines, envFile: envFile).resume
        options.decide = ReviewDesk(staging: staging, catalog: catalog).decide
        options.configured = { try Self.configured(envFile) }
        let alarms = FirmAlarms(staging: staging, catalog: catalog, envFile: envFile)
        options.freshness = { alarms.rules($0) }
        options.onAlarm = { alarms.raise($0) }
        // What this user may not read is no empty page.
        let names = try Files.names(in: staging)
        options.groups = { (try? SyncManager.groups(of: $0, in: $1, database: $2)) ?? [] }
        let fleet = try await showFleet(&options, settings)
        defer { fleet?.end() }
        if let objection = options.objection { throw ValidationError(objection) }
        if let firm = printLink {
            try check(firm, among: names)
            return try print(linkTo: firm, options)
        }
        if !remote, try !Files.isFolder(staging) {
            // A sync may make it later, while the page is served.
            Terminal.warning(
                Terminal.safe(
                    "\(staging): there is no such folder, so that the page is empty; name the folder of the syncs with --staging, "
                        + "or begin a sync there"))
        }
        try await serve(options, alarms)
    }

    /// The firms of this folder; read again and again, since firms are added while the page is served.
    private static func configured(_ envFile: String?) throws -> [String] {
        let settings = try Settings(
            environment: ProcessInfo.processInfo.environment, envFile: envFile, for: [])
        return try Connections.all(defaultTokenSource: settings.tokenSource).map(\.name)
    }

    /// A link to a firm that is not there opens nothing. Its sync need not have begun; those of the object store are other
    /// machines'.
    private func check(_ firm: String, among staged: [String]) throws {
        _ = try ConnectionFolder(staging: staging, connection: firm)
        guard !remote else { return }
        let known = try staged.filter { try Files.isFolder("\(staging)/\($0)") } + Self.configured(envFile)
        guard !known.contains(firm) else { return }
        let hint = Suggestion.hint(firm, among: known)
        throw ConfigurationError(
            "--print-link: there is no firm \(firm) here: neither \(staging)/\(firm) nor connections/\(firm).env\(hint)"
        )
    }

    private var address: PublicURL? { publicURL.flatMap(PublicURL.init) }

    private func print(linkTo firm: String, _ options: StatusPageOptions) throws {
        guard let secret = options.linkSecret else {
            throw ValidationError("--print-link needs --link-secret, or SYNC_STATUS_LINK_SECRET")
        }
        let expires = Int64(Date().timeIntervalSince1970) + Int64(linkDays) * 86_400
        let origin = options.publicURL?.origin ?? "http://\(Self.urlHost(options.host)):\(port)"
        Terminal.print(origin + SignedLink(firm: firm, expires: expires).target(secret: secret))
    }

    private func serve(_ options: StatusPageOptions, _ alarms: FirmAlarms) async throws {
        // A client that disconnects in the middle of an answer must not end the server.
        signal(SIGPIPE, SIG_IGN)
        cm_return_large_blocks()
        let server = StatusServer(options)
        let stop = StopSignal()
        let signals = SignalTrap(stop, note: nil)
        defer { signals.cancel() }
        let number = try await server.start()
        Terminal.print(
            "listening on " + (options.socket.map { "unix:\($0)" } ?? "http://\(Self.urlHost(options.host)):\(number)"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.wait() }
            group.addTask { try await alarms.repeatRounds() }
            group.addTask {
                while !stop.isRequested { try await Task.sleep(for: .milliseconds(100)) }
            }
            try await group.next()
            await server.stop()
            group.cancelAll()
        }
    }

    private static func urlHost(_ host: String) -> String { host.contains(":") ? "[\(host)]" : host }
}
