import Account
import FlyingFox
import FlyingSocks
import Foundation
import Logging
import Synchronization
import Testing

@testable import SyncManager

/// Alarms reach a real receiver, and no trouble with it reaches the sync.
@Suite(.timeLimit(.minutes(5))) struct NotifierTests {
    static let alarm = Alarm(
        kind: .critical, connection: "smith", job: "1f2e3d4c", status: "PAUSED",
        message: "the token is not accepted <!channel>\nreally", time: "2026-11-24T10:00:00Z", host: "host",
        next: "cliosync resume 1f2e3d4c")

    /// Remembers what it logs.
    struct Log: LogHandler {
        final class Lines: Sendable { let all = Mutex<[String]>([]) }
        let lines: Lines
        var metadata: Logger.Metadata = [:]
        var logLevel: Logger.Level = .trace
        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }
        func log(event: LogEvent) { lines.all.withLock { $0.append("\(event.message)") } }
    }

    private let lines = Log.Lines()
    private var logger: Logger { Logger(label: "test") { _ in Log(lines: lines) } }

    /// The bodies that came.
    final class Got: Sendable {
        let bodies = Mutex<[String]>([])
        var all: [String] { bodies.withLock { $0 } }
    }

    /// A receiver that answers with these codes in turn, and what it got.
    private func receive(_ statuses: [Int], _ body: (String, Got) async throws -> Void) async throws {
        let got = Got()
        let server = HTTPServer(address: try sockaddr_in.inet(ip4: "127.0.0.1", port: 0))
        await server.appendRoute("POST /hook/secret") { request in
            let text = String(decoding: try await request.bodyData, as: UTF8.self)
            let number = got.bodies.withLock { bodies in
                bodies.append(text)
                return bodies.count
            }
            return HTTPResponse(statusCode: HTTPStatusCode(statuses[min(number, statuses.count) - 1], phrase: "x"))
        }
        let task = Task { try await server.run() }
        try await server.waitUntilListening(timeout: 120)
        guard case .ip4(_, let port) = await server.listeningAddress else { throw CancellationError() }
        try await body("http://127.0.0.1:\(port)/hook/secret", got)
        task.cancel()
        await server.stop(timeout: 0)
    }

    private func notifier(webhook: String? = nil, command: String? = nil, timeout: Double = 40) throws -> Notifier {
        var patience = Notifier.Patience()
        patience.timeout = timeout
        // Waits between tries take no time here.
        let notifier = Notifier(webhook: webhook, command: command, logger: logger, patience: patience) { _ in }
        return try #require(notifier)
    }

    @Test func aWebhookGetsATextForPeopleAndFactsForPrograms() async throws {
        try await receive([204]) { url, got in
            let notifier = try notifier(webhook: url)
            notifier.send(Self.alarm)
            await notifier.flush(within: 50)
            let body = try #require(got.all.first)
            let json = try #require(try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any])
            let text = try #require(json["text"] as? String)
            #expect(text.hasPrefix("cliosync smith: critical: the token is not accepted"))
            // Nobody else's commands and line feeds reach a chat.
            #expect(!text.contains("<") && !text.contains("\n"))
            #expect(json["event"] as? String == "critical")
            #expect(json["job"] as? String == "1f2e3d4c")
            #expect(json["next"] as? String == "cliosync resume 1f2e3d4c")
            #expect(json["rows"] as? Int == 0)
        }
    }

    @Test func anAlarmIsTriedAgainUntilItIsTaken() async throws {
        try await receive([503, 429, 200]) { url, got in
            let notifier = try notifier(webhook: url)
            notifier.send(Self.alarm)
            await notifier.flush(within: 50)
            #expect(got.all.count == 3)
            let logged = lines.all.withLock { $0 }
            #expect(logged.isEmpty)
        }
    }

    @Test func aRefusedAlarmIsLoggedWithoutItsAddress() async throws {
        try await receive([404]) { url, got in
            let notifier = try notifier(webhook: url)
            notifier.send(Self.alarm)
            await notifier.flush(within: 50)
            #expect(got.all.count == 1)
            let logged = lines.all.withLock { $0.joined() }
            #expect(logged.contains("404") && !logged.contains("secret"))
        }
    }

    @Test func aReceiverThatIsNotThereCostsNothingButALine() async throws {
        let notifier = try notifier(webhook: "http://127.0.0.1:1/hook/secret", timeout: 1)
        notifier.send(Self.alarm)
        await notifier.flush(within: 120)
        let logged = lines.all.withLock { $0 }
        #expect(logged.count == 1)
        #expect(logged.first?.contains("secret") == false)
    }

    @Test func aCommandGetsFactsInItsEnvironmentAndTheJSONOnItsStdin() async throws {
        let folder = NSTemporaryDirectory() + "/notifier-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let command = "cat > '\(folder)/in'; printf '%s %s' \"$CLIOSYNC_EVENT\" \"$CLIOSYNC_JOB\" > '\(folder)/env'"
        let notifier = try notifier(command: command)
        notifier.send(Self.alarm)
        await notifier.flush(within: 50)
        let input = try String(contentsOfFile: folder + "/in", encoding: .utf8)
        #expect(input.hasPrefix("{\"text\":") && input.hasSuffix("}\n"))
        #expect(try String(contentsOfFile: folder + "/env", encoding: .utf8) == "critical 1f2e3d4c")
    }

    @Test(arguments: [("exit 3", "exit code 3"), ("sleep 30", "longer than"), ("/nowhere/program", "cannot be run")])
    func aCommandThatFailsIsLoggedAndEnded(_ command: String, _ words: String) async throws {
        let outcome = await ShellCommand(command, environment: [:], input: "{}").run(timeout: 0.3)
        switch outcome {
        case .delivered: Issue.record("\(command) was taken for a success")
        case .failed(let why), .refused(let why): #expect(why.contains(words), "\(why)")
        }
    }

    @Test func nobodyIsToldWithoutAnAddress() {
        #expect(Notifier(webhook: nil, command: nil, logger: logger) == nil)
    }
}
