import Account
import ArgumentParser
import Foundation
import Pipelines
import Staging
import Inspection
import SyncManager

struct StagedCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Compare every staged byte with the manifests.",
        discussion: """
            Finds a flipped bit, a missing or a foreign file, and says how to repair it. Exit code 3 when something is \
            wrong.

            Example:
              cliosync staged check --phase core
            """)

    @OptionGroup var common: CommonOptions
    @OptionGroup var selection: SelectionOptions

    func run() throws {
        var files = 0
        let findings = try common.stagedLayers(selection).check { _ in files += 1 }
        Output.print(lines: findings, json: common.json) {
            findings.isEmpty
                ? "\(Terminal.green("ok")): \(files) files are as they were written"
                : findings.map { Terminal.safe("\($0.path): \($0.message)") }.joined(separator: "\n")
        }
        guard findings.isEmpty else { throw ExitCode(3) }
    }
}

struct StagedImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Take Clio records from a file into a raw layer.",
        discussion: """
            Records one a line, as a list, as pages of Clio's, or CSV with the table's column names in the first line; plain \
            or gzip; - reads standard input. Afterwards transform and load run on it as if Clio had sent it. A file \
            without a usable record is refused, and what is staged stays.

            Examples:
              cliosync staged import --phase core --entity matters matters.ndjson.gz
              jq -c '.data[]' page*.json | cliosync staged import --phase core --entity contacts -
            """)

    @OptionGroup var common: CommonOptions
    @Option(help: "The phase to import into.", completion: Completions.phases) var phase: String
    @Option(help: "The entity to import.", completion: Completions.entities) var entity: String
    @Flag(help: "Replace what is staged already.") var force = false
    @Argument(help: "A file of records, plain or gzip, or - for standard input.", completion: .file()) var file: String

    func run() async throws {
        let catalog = try common.catalog()
        let selection = try Selection(catalog, phases: [phase], entities: [entity])
        guard let target = selection.entities.first else { return }
        let settings = try common.settings(catalog, for: target.masks.isEmpty ? [.remote] : [.masks, .remote])
        if settings.remote != nil { try await RemoteOptions.run(common) { try await $0.reserveNumbers() } }
        let stop = StopSignal()
        let signals = SignalTrap(stop)
        // A silent pipe must not delay a stop. The same command continues where this one ends.
        let watch = Task.detached {
            while !stop.isRequested { try await Task.sleep(for: .milliseconds(100)) }
            try await Task.sleep(for: .milliseconds(600))
            _exit(130)
        }
        defer {
            watch.cancel()
            signals.cancel()
        }
        let place = "--phase \(phase) --entity \(entity)"
        let staged = try StagedImport(
            staging: common.staging, connection: common.connection,
            maskKey: target.masks.isEmpty ? nil : settings.maskKey, numbers: settings.remote == nil ? .own : .reserved)
        let count = try await staged.run(
            target, file: file, force: force, among: catalog.entities,
            command: common.command("staged import \(place)\(force ? " --force" : "")"), stop: stop)
        Terminal.report(
            "\(Format.count(count)) records imported · next: \(common.command("transform \(place)"))",
            remedy: "`cliosync staged ls` shows what is there")
    }
}
