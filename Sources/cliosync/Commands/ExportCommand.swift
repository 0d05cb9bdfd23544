import ArgumentParser
import Load
import Staging
import SyncManager

struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Copy the database into one file, for a backup or a hand-over.",
        discussion: """
            The copy is the database of one instant, also while a sync runs. It needs no other file beside it, can be read \
            from a read-only folder, and is put in place once it is whole. It holds the firm's data: mode 0600.

            Examples:
              cliosync export backups/default-2026-11-28.sqlite
              cliosync export --connection smith --force /mnt/handover/smith.sqlite
            """)

    @OptionGroup var common: CommonOptions
    @Flag(help: "Replace a file that is there.") var force = false
    @Argument(help: "The file to write.", completion: .file()) var file: String

    func run() async throws {
        let stop = StopSignal()
        let signals = SignalTrap(stop)
        defer { signals.cancel() }
        let export = DatabaseExport(database: common.databasePath, connection: common.connection)
        let report = try export.run(to: file, force: force, stop: stop)
        defer { Terminal.acceptLostReport("the copy is whole: \(Terminal.safe(report.file))") }
        Output.print(report, json: common.json) {
            "\(Terminal.safe(report.file)): \(Format.bytes(report.bytes)), \(Format.count(report.records)) records"
                + (report.incomplete.isEmpty
                    ? "" : "\nnot loaded to the end yet: \(report.incomplete.joined(separator: ", "))")
        }
    }
}
