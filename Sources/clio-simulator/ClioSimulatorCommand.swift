internal import ArgumentParser
internal import Bytes
internal import ClioSimulator
internal import Foundation
internal import Release

/// `clio-simulator`: the Clio double on its own.
@main
struct ClioSimulatorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clio-simulator",
        abstract: "A double of Clio's Manage API v4 on 127.0.0.1, with a whole law firm behind it.",
        discussion: """
            Prints `listening on http://127.0.0.1:PORT` and serves until it is interrupted. The same options make the same \
            firm, record for record.

            EXAMPLES
              clio-simulator --port 8099 --firm medium
              curl -gs -H 'Authorization: Bearer simulator-token' \\
                'http://127.0.0.1:8099/api/v4/matters.json?limit=2&fields=id,status'

              A large firm, no limit to speak of, pages that take 1.5 s, one record in a
              hundred broken:
              clio-simulator --firm large --limit 1000000 --latency 1500 \\
                --defects 0.01 --truth truth.ndjson

              What a client must survive:
              clio-simulator --fault http503@0.05 --fault reset@0.02 \\
                --fault 'truncate#7' --log requests.ndjson

            FAULTS (--fault NAME@RATE: a share of list requests; NAME#N: the N-th of them)
              http500, http503   the status, with an HTML body
              blockpage          403 and an HTML page, as of a gateway, Retry-After: 1
              rate429            429 out of turn, Retry-After: 1
              disguised429       status 200, data is a base64 text that says RateLimited
              reset              the connection ends before a byte of the answer
              truncate           the body ends before its Content-Length
              html               status 200 and an HTML page
              badgzip            Content-Encoding: gzip over bytes that do not inflate
              stall              nothing is sent for --stall seconds
              loopnext           paging.next leads to the same page
              foreignnext        paging.next leads to another host
              ignorefilter       every filter is ignored
              nulldata           data is null

            CONTROL
              Changes the firm while it is served; needs no token. The paths below begin
              with /simulator:
              curl -X POST 'http://127.0.0.1:8099/simulator/touch?kind=matters&count=10'

              /touch?kind=matters&count=10       edits records; account=1: of the second
                                                 account
              /add?kind=tasks&count=5            adds records
              /delete?kind=documents&count=3     deletes records
              /change?add=5&edit=20&delete=3&restore=1&seed=7
                                                 so many of every list at random, or
                                                 only of kind=tasks&kind=contacts; the
                                                 answer names their ids; quiet=2 edits two
                                                 and leaves updated_at
              /clock?value=86400                 sets its clock forward by a day
              /counts?value=fewer                makes meta.records false: exact, absent,
                                                 more, fewer, constant, saturated or rising
              /limit?value=100                   sets the limit
              /latency?value=0                   sets the latency
              /hold?value=20                     answers 20 more list requests, then all
                                                 wait; -1: none waits
              /forbid?kind=tasks                 answers 403; status=404 or status=307 as
                                                 for a list that a plan lacks; value=false
                                                 allows it again
              /fault?value=http500%231           adds a fault
              /expire                            ends every access token; token=B: this one
              /consent?token=B                   sets who logs in from now on
              /log                               lists the requests
              /fields?kind=matters               lists every field there is
            """,
        version: Release.version)

    @Option(help: "TCP port; 0 takes a free one.")
    var port = 0

    @Option(help: "Size of the firm: small, medium, large or enterprise.")
    var firm = "small"

    @Option(help: "Number of matters, instead of the firm's.")
    var matters: Int?
    @Option(help: "Number of contacts; a third are clients.")
    var contacts: Int?
    @Option(help: "Number of calendar entries.")
    var calendarEntries: Int?
    @Option(help: "Number of tasks.")
    var tasks: Int?
    @Option(help: "Number of documents that a plain list shows.")
    var documents: Int?
    @Option(help: "Number of activities; 80 % are time entries.")
    var activities: Int?
    @Option(help: "Number of users.")
    var users: Int?
    @Option(help: "Number of practice areas.")
    var practiceAreas: Int?

    @Option(help: "The same seed makes the same firm.")
    var seed: UInt64 = 1
    @Option(help: "Last day of the firm's history (YYYY-MM-DD).")
    var today = SimulatorOptions().today
    @Option(help: "Share of broken records, 0 to 1.")
    var defects = 0.0
    @Option(help: "Write what is wrong with which record to this file (NDJSON).")
    var truth: String?

    @Option(help: "Requests of a window and token.")
    var limit = SimulatorOptions().limit
    @Option(help: "Seconds of a window.")
    var window = SimulatorOptions().window
    @Option(help: "Milliseconds that a list page takes.")
    var latency = 0.0
    @Option(help: "Up to so many milliseconds on top, page by page.")
    var jitter = 0.0
    @Option(help: "Write a line per request to this file (NDJSON).")
    var log: String?

    @Option(help: "The access token that is valid from the start.")
    var token = SimulatorOptions().token
    @Option(help: "The refresh token that is valid from the start.")
    var refreshToken = SimulatorOptions().refreshToken
    @Option(name: .customLong("client-id"), help: "The application's id.")
    var clientID = SimulatorOptions().clientID
    @Option(help: "The application's secret.")
    var clientSecret = SimulatorOptions().clientSecret
    @Option(help: "Seconds that an access token lives.")
    var tokenLife = SimulatorOptions().tokenLife
    @Option(help: "Requests that an access token is good for.")
    var tokenUses = SimulatorOptions().tokenUses

    @Option(help: "Name of the first account.")
    var accountName = SimulatorOptions().accountName
    @Option(
        help: "A further account (repeatable): token=B,refresh=RB,name=Jones LLP,seed=2,firm=small,matters=40.")
    var account: [String] = []
    @Option(
        help: "Serve so many firms, each with its own token (TOKEN, TOKEN-2, TOKEN-3, …), rate limit and records.")
    var tokens = 1
    @Option(
        help:
            "A further user (repeatable): token=C,refresh=RC,account=0,user=1,hides=3 (every third record is hidden).")
    var user: [String] = []
    @Flag(help: "Answer 403 for users/who_am_i, as on some plans.")
    var forbidIdentity = false
    @Flag(help: "Do not know the field account of a user.")
    var noAccountField = false

    @Option(help: "Answer 403 for this list (repeatable): matters, contacts, calendar_entries, …")
    var forbid: [String] = []
    @Flag(help: "Leave meta.records out.")
    var noRecordsTotal = false
    @Flag(help: "Send keys with every record that no document names.")
    var unknownFields = false
    @Option(help: "Let list requests go wrong (repeatable): NAME@RATE or NAME#N, see above.")
    var fault: [String] = []
    @Option(help: "Seconds that the fault `stall` lasts.")
    var stall = SimulatorOptions().stall

    @Flag(help: "End when standard input ends: for a program that starts this one and holds the other end of a pipe.")
    var exitWithParent = false

    func validate() throws {
        guard FirmShape.named(firm) != nil else {
            throw ValidationError("--firm \(firm): use small, medium, large or enterprise")
        }
        guard (1...10_000).contains(tokens) else { throw ValidationError("--tokens \(tokens): use 1 to 10000") }
    }

    static func main() async {
        // A reader that goes away is an error of a write.
        signal(SIGPIPE, SIG_IGN)
        if let problem = TextInput.problem() { fail(problem, code: 2) }
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            guard exitCode(for: error) == .success else { exit(withError: error) }
            printHelp(fullMessage(for: error))
        }
    }

    private static func printHelp(_ text: String) {
        do {
            try FileHandle.standardOutput.write(contentsOf: Data((text + "\n").utf8))
        } catch {
            let code = errno
            // `| head` has read what it wanted; anything else is a loss.
            if code == EPIPE { return }
            let why = String(cString: strerror(code))
            fail("stdout cannot be written (\(why)); give it a place that can be written", code: 1)
        }
    }

    private static func fail(_ message: String, code: Int32) -> Never {
        try? FileHandle.standardError.write(contentsOf: Data("clio-simulator: \(message)\n".utf8))
        Foundation.exit(code)
    }

    func run() async throws {
        let simulator = try make()
        let bound = try await listen(simulator)
        // Not print: a pipe would hold the line back.
        try? FileHandle.standardOutput.write(contentsOf: Data("listening on http://127.0.0.1:\(bound)\n".utf8))
        if exitWithParent { Self.exitAtEndOfInput() }
        while true { try await Task.sleep(for: .seconds(3_600)) }
    }

    private static func exitAtEndOfInput() {
        // Reading blocks: not on Swift's own threads.
        let thread = Thread {
            while let bytes = try? FileHandle.standardInput.read(upToCount: 4_096), !bytes.isEmpty {}
            Foundation.exit(0)
        }
        thread.start()
    }

    private func make() throws -> Simulator {
        do {
            return try Simulator(options: try options())
        } catch {
            try? FileHandle.standardError.write(contentsOf: Data("clio-simulator: \(error)\n".utf8))
            throw ExitCode(2)
        }
    }

    private func listen(_ simulator: Simulator) async throws -> Int {
        do {
            return try await simulator.start()
        } catch {
            try? FileHandle.standardError.write(contentsOf: Data("clio-simulator: \(error)\n".utf8))
            throw ExitCode(1)
        }
    }

    private func options() throws -> SimulatorOptions {
        var options = SimulatorOptions()
        options.port = port
        options.shape = FirmShape.named(firm) ?? .small
        let counts: [(WritableKeyPath<FirmShape, Int>, Int?)] = [
            (\.matters, matters), (\.contacts, contacts), (\.calendarEntries, calendarEntries), (\.tasks, tasks),
            (\.documents, documents), (\.activities, activities), (\.users, users), (\.practiceAreas, practiceAreas),
        ]
        for case (let path, let count?) in counts { options.shape[keyPath: path] = count }
        options.seed = seed
        options.today = today
        options.defects = defects
        options.truthPath = truth
        options.limit = limit
        options.window = window
        options.latency = latency
        options.jitter = jitter
        options.logPath = log
        options.token = token
        options.refreshToken = refreshToken
        options.clientID = clientID
        options.clientSecret = clientSecret
        options.tokenLife = tokenLife
        options.tokenUses = tokenUses
        options.accountName = accountName
        let shape = options.shape
        options.accounts =
            try SimulatedAccount.further(tokens - 1, after: options)
            + account.map { try SimulatedAccount(parsing: $0, shape: shape) }
        options.otherUsers = try user.map { try SimulatedUser(parsing: $0) }
        options.forbidsIdentity = forbidIdentity
        options.namesAccount = !noAccountField
        options.forbidden = Set(forbid)
        if noRecordsTotal { options.counting = .absent }
        options.unknownFields = unknownFields
        options.faults = try fault.map { try Fault(parsing: $0) }
        options.stall = stall
        return options
    }
}
