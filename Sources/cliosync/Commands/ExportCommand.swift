import Account
import ArgumentParser
import Bytes
import Foundation
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

    /// Refuses what `--force` must not replace.
    private func check() throws {
        guard !file.isEmpty, !file.hasSuffix("/") else {
            throw ConfigurationError("\"\(file)\" names no file; for example backups/\(common.connection).sqlite")
        }
        var facts = stat()
        if stat(file, &facts) == 0, ![S_IFREG, S_IFDIR].contains(facts.st_mode & S_IFMT) {
            throw ConfigurationError("\(file): is a device, a pipe or a socket; name a file")
        }
        // Only a database that is loaded into has this neighbor.
        guard try file == common.databasePath || !Files.exists(file + ".lock") else {
            throw ConfigurationError("\(file): is the database of a connection; name another file")
        }
        let folder = URL(fileURLWithPath: Files.parent(of: file)).resolvingSymlinksInPath().path
        let staging = URL(fileURLWithPath: common.staging).resolvingSymlinksInPath().path
        guard folder != staging, !folder.hasPrefix(staging + "/") else {
            throw ConfigurationError("\(file): is among the staged files; name a file in another folder")
        }
    }

    func run() async throws {
        try check()
        let stop = StopSignal()
        let signals = SignalTrap(stop)
        defer { signals.cancel() }
        let export = DatabaseExport(database: common.databasePath, connection: common.connection)
        let firm = try ConnectionFolder(staging: common.staging, connection: common.connection)
        let log = ExportLog(firm)
        let isLogged = log.begin(file)
        let report: DatabaseExport.Report
        do {
            report = try export.run(to: file, force: force, stop: stop)
        } catch {
            if isLogged { log.takeBack() }
            throw error
        }
        if !isLogged {
            Terminal.warning(
                "\(Terminal.safe(firm.path)) cannot be written: `cliosync forget` there will not know of this copy")
        }
        defer { Terminal.acceptLostReport("the copy is whole: \(Terminal.safe(report.file))") }
        Output.print(report, json: common.json) {
            "\(Terminal.safe(report.file)): \(Format.bytes(report.bytes)), \(Format.count(report.records)) records"
                + (report.incomplete.isEmpty
                    ? "" : "\nnot loaded to the end yet: \(report.incomplete.joined(separator: ", "))")
        }
    }
}
