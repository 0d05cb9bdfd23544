import Account
import ArgumentParser
import Bytes
import Foundation
import Pipelines
import Staging
import SyncManager

struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Sync a simulated firm in all default phases.",
        discussion: """
            Starts clio-simulator, a double of Clio, and copies its whole account into databases/demo.sqlite. No account \
            and no network is needed. An earlier demo is replaced. The simulator ends with the demo.

            Example:
              cliosync demo --firm small
            """)

    @Option(help: "small, medium, large or enterprise.", completion: Completions.firmSizes) var firm = "medium"
    @Option(help: ArgumentHelp("Folder of the staged files.", valueName: "dir"), completion: .directory) var staging =
        "staging"
    @Option(help: ArgumentHelp("SQLite database.", valueName: "file"), completion: .file()) var database =
        "databases/demo.sqlite"
    @Option(help: "Milliseconds that the simulated Clio takes for a page.") var latency = 60.0
    @Flag(help: "Draw no progress.") var noProgress = false

    /// Says that a staging folder is a demo's, so that only such a one is ever replaced.
    private static let marker = ".demo"

    /// Where the marker of a staging folder's demo is.
    static func markerPath(staging: String) -> String { "\(staging)/demo/\(marker)" }

    func validate() throws {
        guard ["small", "medium", "large", "enterprise"].contains(firm) else {
            throw ValidationError("--firm: expected small, medium, large or enterprise")
        }
        guard (0...60_000).contains(latency) else { throw ValidationError("--latency: expected 0 to 60000") }
    }

    func run() async throws {
        let folder = try ConnectionFolder(staging: staging, connection: "demo")
        let token = "demo-token"
        let simulator = try await SimulatorProcess([
            "--firm", firm, "--defects", "0.01", "--latency", "\(latency)", "--limit", "3000", "--token", token,
        ])
        defer { simulator.stop() }
        try clear(folder)
        Terminal.note("demo: a simulated \(firm) firm answers like Clio on \(simulator.address)")
        let catalog = try Starter.catalog()
        let settings = try Settings(
            environment: ["CLIO_BASE_URL": simulator.address, "CLIO_ACCESS_TOKEN": token], envFile: "/dev/null")
        var common = try CommonOptions.parse([
            "--connection", "demo", "--staging", staging, "--database", database, "--log-level", "error",
        ])
        common.noProgress = noProgress
        let runner = try StageRunner(common, selection: Selection(catalog), settings: settings)
        try await runner.run(force: false)
        // The list that says how large the firm is.
        let sample = catalog.entities.first { !$0.firmSizes.isEmpty } ?? catalog.entities[0]
        Terminal.report(
            """

            staged files  \(folder.path)/
            database      \(database)

            try next:
              zcat \(folder.path)/\(sample.phase)/flagged/\(sample.name)/*.ndjson.gz | jq -c '{id, rules: [.violations[].rule]}'
              sqlite3 -box \(database) "SELECT count(*) FROM \(sample.table.name)"
              \(Self.program) staged stats --connection demo\(staging == "staging" ? "" : " --staging \(staging)") --entity \(sample.name)
            """)
    }

    /// The program as it was called.
    private static var program: String { CommandLine.arguments.first ?? "cliosync" }

    private func clear(_ folder: ConnectionFolder) throws {
        let marker = folder.path + "/" + Self.marker
        if try Files.exists(folder.path) {
            guard try Files.exists(marker) else {
                throw ConfigurationError("\(folder.path): is not a demo's; give --staging another folder")
            }
            try Files.remove(folder.path)
            for suffix in ["", "-wal", "-shm", ".lock"] { try Files.remove(database + suffix) }
        } else if try Files.exists(database) {
            throw ConfigurationError("\(database): is there, and is not a demo's; give --database another file")
        }
        try folder.create()
        try Files.write([], to: marker)
    }
}
