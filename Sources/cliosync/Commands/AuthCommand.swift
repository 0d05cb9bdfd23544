import Account
import ArgumentParser
import Bytes
import Foundation
import Logging
import Staging
import SyncManager

struct AuthCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "auth",
        abstract: "Log in to Clio, see as whom, log out.",
        discussion: """
            Example:
              cliosync auth login --connection smith
            """,
        subcommands: [AuthLoginCommand.self, AuthStatusCommand.self, AuthLogoutCommand.self])
}

/// Options of the commands that only need to know whose token it is.
struct AuthOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("The firm's connection: 1 to 64 of a-z, 0-9 and -.", valueName: "name"),
        completion: Completions.connections)
    var connection = "default"

    @Option(
        help: ArgumentHelp("File with settings (default: .env, if there is one).", valueName: "file"),
        completion: .file())
    var envFile: String?

    @Flag(help: "Print one JSON object on stdout instead of text.")
    var json = false

    // So that a script can give it to every command. There is no progress to leave out.
    @Flag(help: .hidden) var noProgress = false

    var given: GivenOptions { GivenOptions(connection: connection == "default" ? nil : connection, envFile: envFile) }

    func login() throws -> (login: Login, settings: Settings) {
        let settings = try Connections.settings(connection, envFile: envFile, staging: "staging", for: [.requests])
        CommonOptions.warn(settings.warnings)
        let logger = Logger(label: "cliosync") { StderrLogHandler(label: $0, level: .warning, style: .text) }
        return (try Login(connection: connection, settings: settings, logger: logger), settings)
    }

    func print(_ status: Login.Status) {
        Output.print(status, json: json) {
            let who = status.userName.map(Terminal.safe) ?? "a user whom Clio does not name"
            return [
                "user     \(who)" + (status.userID.map { " (\($0))" } ?? ""),
                "firm     \(status.firm.map(Terminal.safe) ?? "not told by Clio")",
                "region   \(status.region ?? "-") (\(Terminal.safe(status.baseURL)))",
                "expires  \(status.expiresAt ?? "unknown")"
                    + (status.isRenewable ? ", renewed by itself" : ", not renewed by itself")
                    + (status.wasRenewed ? " (just now)" : ""),
                "scopes   \(status.scope.map(Terminal.safe) ?? "not told by Clio; `cliosync doctor` tries them")",
                "token    \(Terminal.safe(status.source))",
            ].joined(separator: "\n")
        }
    }
}

struct AuthLoginCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "login",
        abstract: "Log in as a Clio user, in the browser.",
        discussion: """
            Needs CLIO_CLIENT_ID and CLIO_CLIENT_SECRET of an application of Clio's developer portal. The browser comes \
            back to http://127.0.0.1:PORT/callback, which the application must name among its redirect addresses: register \
            one with a port and give that --port. On a server without a browser, --paste shows the address to open \
            elsewhere and reads the code, or the address that the browser ended at, from stdin.

            Examples:
              cliosync auth login --port 8765
              cliosync auth login --connection smith --paste
            """)

    @OptionGroup var options: AuthOptions
    @Option(help: "Port of 127.0.0.1 that the browser comes back to; 0 takes a free one.") var port = 0
    @Option(help: ArgumentHelp("How long to wait for the browser.", valueName: "seconds")) var timeout = 300.0
    @Flag(help: "Open no browser here; read the code from stdin.") var paste = false
    @Flag(help: "Print the address, but open no browser.") var noBrowser = false

    func validate() throws {
        guard (0...65_535).contains(port) else { throw ValidationError("--port: expected 0 to 65535") }
        guard timeout > 0, timeout <= 86_400 else { throw ValidationError("--timeout: expected 1 to 86400 seconds") }
    }

    func run() async throws {
        let signals = SignalTrap.ending()
        defer { signals.cancel() }
        let (login, settings) = try options.login()
        let status: Login.Status
        if paste {
            let ticket = try login.begin()
            Terminal.note("open this address in a browser, allow access, then paste the code or the last address here:")
            Terminal.note("\n  \(ticket.url)\n")
            guard let line = readLine(strippingNewline: true) else {
                throw ConfigurationError("stdin ended before a code came; run the same command again")
            }
            status = try await login.finish(ticket, pasted: line)
        } else {
            let opens = !noBrowser
            status = try await login.throughBrowser(port: port, within: timeout) { url in
                Terminal.note("open this address in a browser, as a Clio user who may see everything:")
                Terminal.note("\n  \(url)\n")
                if opens { Browser.open(url) }
                Terminal.note("waiting for the browser to come back; Ctrl-C ends it")
            }
        }
        options.print(status)
        Terminal.acceptLostReport("`cliosync auth status` shows it again")
        if settings.accessToken != nil {
            Terminal.note(
                Terminal.yellow("note: ") + "CLIO_ACCESS_TOKEN is set and wins over this login; remove it from "
                    + (settings.tokenSource ?? ".env"))
        }
        Terminal.note("logged in, kept in \(Terminal.safe(login.tokenFile ?? "")) · next: `cliosync doctor`")
    }
}

struct AuthStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show as whom a connection is logged in.",
        discussion: """
            Asks Clio once. Prints no token. Exit code 4 when there is no token or Clio does not accept it.

            Example:
              cliosync auth status --json | jq -r .expires_at
            """)

    @OptionGroup var options: AuthOptions

    func run() async throws {
        options.print(try await options.login().login.status())
    }
}

struct AuthLogoutCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logout",
        abstract: "Revoke the token and delete its file.",
        discussion: """
            Where there is no login, it says so and exits with 0.

            Example:
              cliosync auth logout --connection smith
            """)

    @OptionGroup var options: AuthOptions
    @Flag(help: "Only delete the file; leave the consent at Clio alone.") var local = false

    func run() async throws {
        let done = try await options.login().login.logout(onlyHere: local)
        defer { Terminal.acceptLostReport(done.message) }
        Output.print(LogoutReport(loggedOut: done.wasLoggedIn, message: done.message), json: options.json) {
            Terminal.safe(done.message)
        }
    }
}

/// What `auth logout --json` prints.
private struct LogoutReport: Encodable {
    let loggedOut: Bool
    let message: String
}

/// The person's browser, where there is one.
private enum Browser {
    static func open(_ url: String) {
        guard ["DISPLAY", "WAYLAND_DISPLAY", "BROWSER"].contains(where: { Variables.value($0) != nil }) else { return }
        let places = (Variables.value("PATH") ?? "").split(separator: ":").map { "\($0)/xdg-open" }
        guard let program = places.first(where: { FileManager.default.isExecutableFile(atPath: $0) }) else { return }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = [url]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        // The address is printed anyway: a browser that does not start is no failure.
        try? process.run()
    }
}
