import ArgumentParser
import Foundation
import Pipelines
import SyncManager

struct InitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Write starter files into the current folder.",
        discussion: """
            Writes pipelines/, .env (readable for you only) and staging/. What is there already is left alone.

            Examples:
              mkdir onboarding && cd onboarding && cliosync init
              cliosync init --systemd                            a service and a timer for each phase as well
            """)

    @Option(help: "us, eu, ca or au: where the firm's Clio account lives.") var region = "us"

    @Flag(help: "Write systemd/: a service, and a timer for each phase, with the paths of this machine.")
    var systemd = false

    func validate() throws {
        guard Settings.regions[region] != nil else { throw ValidationError("--region: expected us, eu, ca or au") }
    }

    func run() throws {
        for (name, content) in Starter.pipelines { try write(content, to: "pipelines/\(name)", mode: 0o644) }
        try write(Starter.environment(region: region), to: ".env", mode: 0o600)
        try write(Starter.stagingReadme, to: "staging/README.md", mode: 0o644)
        if systemd { try writeUnits() }
        Terminal.print(
            """

            next:
              1. put the firm's access token into .env (CLIO_ACCESS_TOKEN=…)
              2. cliosync estimate
              3. cliosync run --phase core
            """)
    }

    private func writeUnits() throws {
        let program = Bundle.main.executablePath ?? CommandLine.arguments[0]
        let files = Systemd.files(
            program: URL(fileURLWithPath: program).resolvingSymlinksInPath().path,
            folder: FileManager.default.currentDirectoryPath, region: region, user: NSUserName(),
            home: NSHomeDirectory(), phases: try Starter.catalog().phases.map(\.name))
        for file in files { try write(Data(file.content.utf8), to: "systemd/\(file.name)", mode: 0o644) }
        Terminal.print(
            """

            the timers:
              sudo cp systemd/cliosync-* /etc/systemd/system/
              sudo systemctl daemon-reload
              sudo systemctl enable --now \(files.map(\.name).filter { $0.hasSuffix(".timer") }.joined(separator: " "))
            """)
    }

    private func write(_ content: Data, to path: String, mode: Int) throws {
        guard !FileManager.default.fileExists(atPath: path) else {
            Terminal.print("kept     \(path)")
            return
        }
        let folder = (path as NSString).deletingLastPathComponent
        if !folder.isEmpty {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        }
        guard FileManager.default.createFile(atPath: path, contents: content, attributes: [.posixPermissions: mode])
        else {
            throw ConfigurationError("\(path): cannot be written; make the folder writable and try again")
        }
        Terminal.print("written  \(path)")
    }
}
