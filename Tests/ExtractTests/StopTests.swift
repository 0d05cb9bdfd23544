import Foundation
import HTTP
import Logging
import Staging
import Synchronization
import Testing

@testable import Extract

/// A stop ends every wait, however long it would have been.
@Suite(.timeLimit(.minutes(5))) struct StopTests {
    /// Time that does not pass: a wait ends by a stop or not at all.
    private static let frozen = ExtractClock(
        now: { 0 }, wall: { 1_700_000_000 }, sleep: { _ in try? await Task.sleep(for: .seconds(3600)) }, random: { 0.5 }
    )

    /// Two go through, which shows that there are such; the third waits.
    @Test func aStopEndsAWaitForTheWindow() async throws {
        let budget = RequestBudget(
            RateGovernor.Settings(), clock: Self.frozen, shared: nil, heldUntil: { $0 + 8 * 3600 })
        let stop = StopSignal()
        let waits = Mutex(0)
        let ticket = await budget.acquire(
            priority: { 0 }, isStopping: { stop.isRequested },
            onWait: { _, reason in
                waits.withLock { $0 += 1 }
                #expect(reason == .hours)
                stop.request()
            })
        #expect(ticket == nil)
        #expect(waits.withLock { $0 } == 1)
    }

    @Test func aStopEndsAWaitThatClioEnforced() async throws {
        let budget = RequestBudget(RateGovernor.Settings(), clock: Self.frozen, shared: nil)
        let first = try #require(await budget.acquire(priority: { 0 }, isStopping: { false }, onWait: { _, _ in }))
        await budget.release(first, .silent, limitedFor: 600)
        let stop = StopSignal()
        let ticket = await budget.acquire(
            priority: { 0 }, isStopping: { stop.isRequested }, onWait: { _, _ in stop.request() })
        #expect(ticket == nil)
    }

    /// Maintenance, a block page, and any other answer that asks for a wait: the questions before a run wait like its pages.
    @Test(arguments: [503, 429, 403]) func aStopEndsTheWaitOfAQuestion(_ status: Int) async throws {
        let stop = StopSignal()
        var settings = ExtractSettings()
        settings.isStopping = { stop.isRequested }
        let bench = try await Bench(.init(), settings: settings)
        bench.double.state.withLock { state in
            state.onRequest = { _ in stop.request() }
            for number in 1...20 {
                state.troubles[number] = .status(
                    status, body: status == 403 ? "<html>" : "", headers: ["Retry-After": "3000"])
            }
        }
        settings.baseURL = bench.double.baseURL
        let tokens = TokenStore(
            accessToken: "T1", refreshToken: nil, clientID: nil, clientSecret: nil, file: nil,
            baseURL: settings.baseURL)
        let client = try ClioClient(settings, tokens: tokens, accessToken: "T1", logger: Logger(label: "test"))
        let error = await #expect(throws: ClioError.self) { try await client.whoAmI() }
        #expect(error?.kind == .stopped)
        #expect(bench.double.requests.count <= 1)
        await bench.close()
    }

    /// No way to the server, and waits between the tries that do not end.
    @Test func aStopEndsTheWaitForANetwork() async throws {
        let stop = StopSignal()
        var settings = ExtractSettings()
        settings.baseURL = "http://127.0.0.1:9"
        settings.isStopping = { stop.isRequested }
        let tokens = TokenStore(
            accessToken: "T1", refreshToken: nil, clientID: nil, clientSecret: nil, file: nil,
            baseURL: settings.baseURL)
        var clock = ExtractClock.system
        // A wait is slept in slices: between two of them the stop is heard.
        clock.sleep = { _ in
            stop.request()
            await Task.yield()
        }
        clock.now = { 0 }
        let client = try ClioClient(
            settings, tokens: tokens, accessToken: "T1", logger: Logger(label: "test"), clock: clock)
        let error = await #expect(throws: ClioError.self) { try await client.whoAmI() }
        #expect(error?.kind == .stopped)
    }

    /// A host that answers nothing at all, not even that it is not there.
    @Test func aStopEndsAConnectionThatIsNotAccepted() async throws {
        let stop = StopSignal()
        var settings = ExtractSettings()
        settings.isStopping = { stop.isRequested }
        settings.requestTimeout = 600
        settings.connectTimeout = 600
        let listener = try SilentServer(backlog: 0)
        let filler = listener.fill()
        defer { for descriptor in filler { close(descriptor) } }
        settings.baseURL = "http://127.0.0.1:\(listener.port)"
        let tokens = TokenStore(
            accessToken: "T1", refreshToken: nil, clientID: nil, clientSecret: nil, file: nil,
            baseURL: settings.baseURL)
        let client = try ClioClient(settings, tokens: tokens, accessToken: "T1", logger: Logger(label: "test"))
        let context = CallContext(
            entity: "things",
            onEvent: { event in
                if case .requestStarted = event { stop.request() }
            })
        let error = await #expect(throws: ClioError.self) {
            try await client.count(entity(), adding: [], context)
        }
        #expect(error?.kind == .stopped)
    }

    /// A server that takes a request and never answers.
    @Test func aStopEndsARequestUnderWay() async throws {
        let stop = StopSignal()
        var settings = ExtractSettings()
        settings.isStopping = { stop.isRequested }
        settings.requestTimeout = 600
        settings.stallTimeout = 600
        let listener = try SilentServer()
        settings.baseURL = "http://127.0.0.1:\(listener.port)"
        let tokens = TokenStore(
            accessToken: "T1", refreshToken: nil, clientID: nil, clientSecret: nil, file: nil,
            baseURL: settings.baseURL)
        let client = try ClioClient(settings, tokens: tokens, accessToken: "T1", logger: Logger(label: "test"))
        let asking = Task { try await client.whoAmI() }
        await listener.accepted()
        stop.request()
        let error = await #expect(throws: ClioError.self) { try await asking.value }
        #expect(error?.kind == .stopped)
    }

    /// Clio refuses the token, takes the request for another one, and never answers that.
    @Test func aStopEndsARenewalOfTheToken() async throws {
        let stop = StopSignal()
        var settings = ExtractSettings()
        settings.isStopping = { stop.isRequested }
        settings.requestTimeout = 600
        settings.stallTimeout = 600
        let listener = try SilentServer()
        settings.baseURL = "http://127.0.0.1:\(listener.port)"
        let tokens = TokenStore(
            accessToken: "T1", refreshToken: "R1", clientID: "id", clientSecret: "secret", file: nil,
            baseURL: settings.baseURL)
        let client = try ClioClient(settings, tokens: tokens, accessToken: "T1", logger: Logger(label: "test"))
        let asking = Task { try await client.whoAmI() }
        await listener.accepted(
            answering: "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await listener.accepted()
        stop.request()
        let error = await #expect(throws: ClioError.self) { try await asking.value }
        #expect(error?.kind == .stopped)
    }
}

/// Accepts connections and says nothing, or one thing.
private final class SilentServer: Sendable {
    let port: UInt16
    private let descriptor: Int32

    init(backlog: Int32 = 4) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let file = descriptor
        let bound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(file, $0, length) == 0 && listen(file, backlog) == 0 && getsockname(file, $0, &length) == 0
            }
        }
        try #require(bound)
        port = UInt16(bigEndian: address.sin_port)
    }

    deinit { close(descriptor) }

    /// Connects until no further connection is taken; the kernel then drops what comes.
    func fill() -> [Int32] {
        (0..<4).map { _ in
            let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = port.bigEndian
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            _ = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(client, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            return client
        }
    }

    /// Waits for a connection, which stays open unless it is given an answer.
    func accepted(answering text: String? = nil) async {
        let file = descriptor
        await withCheckedContinuation { continuation in
            Thread {
                let client = accept(file, nil, nil)
                if let text {
                    var bytes = [UInt8](repeating: 0, count: 65_536)
                    _ = recv(client, &bytes, bytes.count, 0)
                    _ = send(client, text, text.utf8.count, 0)
                    close(client)
                }
                continuation.resume()
            }.start()
        }
    }
}
