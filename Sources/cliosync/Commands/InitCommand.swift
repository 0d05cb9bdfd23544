import Account
import ArgumentParser
import Bytes
import Foundation
import Pipelines
import Staging
import SyncManager

struct InitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Write starter files into the current folder.",
        discussion: """
            Writes pipelines/, .env (readable for you only) and staging/. What is there already is left alone. On a terminal \
            it asks for what it was not told; everything can be filled in later.

            Examples:
              mkdir onboarding && cd onboarding && cliosync init
              cliosync init --region eu --client-id abc < /dev/null
              cliosync init --systemd                            services and timers as well: phases, refresh
            """)

    @Option(
        help: "us, eu, ca or au: where the firm's Clio account lives (default: us).", completion: Completions.regions)
    var region: String?
    @Option(help: "The key of your application at Clio, for `auth login`.") var clientId: String?

    @Flag(
        help:
            "Write systemd/: a service and a timer for each default phase and for refresh, with the paths of this machine."
    )
    var systemd = false

    func validate() throws {
        guard region.map({ Settings.regions[$0] != nil }) ?? true else {
            throw ValidationError("--region: expected us, eu, ca or au")
        }
    }

    func run() throws {
        for (name, content) in Starter.pipelines { try write(content, to: "pipelines/\(name)", mode: 0o644) }
        let answers = ask()
        try write(Starter.environment(answers), to: ".env", mode: 0o600)
        try write(Starter.stagingReadme, to: "staging/README.md", mode: 0o644)
        if systemd { try writeUnits(region: answers.region) }
        Terminal.print(
            """

            next:
              1. \(answers.isComplete ? "" : "fill in CLIO_CLIENT_ID and CLIO_CLIENT_SECRET in .env, then ")cliosync auth login
              2. cliosync doctor
              3. cliosync estimate
              4. cliosync run --phase \(try catalog().phases[0].name)
            """)
        Terminal.acceptLostReport("the files are written")
    }

    /// The pipelines of the folder; the built-in ones while those have faults.
    private func catalog() throws -> Catalog {
        try (try? Catalog.load(folder: "pipelines")) ?? Starter.catalog()
    }

    /// Asks for missing values, when there is a terminal to ask on and a file to write them to.
    private func ask() -> Starter.Answers {
        var answers = Starter.Answers(region: region ?? "us", clientID: clientId ?? "")
        guard Prompt.isPossible, !FileManager.default.fileExists(atPath: ".env") else { return answers }
        if region == nil {
            answers.region = Prompt.ask("Where the firm's Clio account lives (us, eu, ca, au) [us]") {
                $0.isEmpty ? "us" : Settings.regions[$0] == nil ? nil : $0
            }
        }
        if clientId == nil {
            answers.clientID = Prompt.ask("Your application's key at Clio [later]", accepting: Starter.asSetting)
        }
        if !answers.clientID.isEmpty {
            answers.clientSecret = Prompt.ask(
                "Its secret, which is not shown [later]", isSecret: true, accepting: Starter.asSetting)
        }
        return answers
    }

    private func writeUnits(region: String) throws {
        let program = Bundle.main.executablePath ?? CommandLine.arguments[0]
        let files = Systemd.files(
            program: URL(fileURLWithPath: program).resolvingSymlinksInPath().path,
            folder: FileManager.default.currentDirectoryPath, region: region, user: NSUserName(),
            home: NSHomeDirectory(), phases: try catalog().defaultPhases.map(\.name))
        for file in files { try write(Data(file.content.utf8), to: "systemd/\(file.name)", mode: 0o644) }
        let timers = files.map(\.name).filter { $0.hasSuffix(".timer") && !$0.contains("@") }
        Terminal.print(
            """

            the timers:
              sudo cp systemd/cliosync-* /etc/systemd/system/
              sudo systemctl daemon-reload
              sudo systemctl enable --now \(timers.joined(separator: " "))
            and for each firm, NAME or `default`, once its first sync is complete:
              sudo systemctl enable --now cliosync-refresh@NAME.timer
            """)
    }

    private func write(_ content: Data, to path: String, mode: Int) throws {
        guard try !Files.exists(path) else {
            Terminal.print("kept     \(path)")
            return
        }
        try Files.createFolder(Files.parent(of: path))
        // Foundation would first ask for the current folder, whose name need not be UTF-8.
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode_t(mode))
        guard descriptor >= 0 else {
            throw ConfigurationError(
                "\(path): cannot be written (\(String(cString: strerror(errno)))); make the folder writable and try again"
            )
        }
        try FileHandle(fileDescriptor: descriptor, closeOnDealloc: true).write(contentsOf: content)
        Terminal.print("written  \(path)")
    }
}
