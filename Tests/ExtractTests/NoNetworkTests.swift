import Foundation
import Logging
import Staging
import Synchronization
import Testing

@testable import Extract

/// A Clio that cannot be reached: a question ends after its retries, or at a stop, whatever stage of the connection fails.
@Suite(.timeLimit(.minutes(2))) struct NoNetworkTests {
    private func client(_ settings: ExtractSettings, _ clock: ExtractClock) throws -> ClioClient {
        let tokens = TokenStore(
            accessToken: "T1", refreshToken: nil, clientID: nil, clientSecret: nil, file: nil, baseURL: settings.baseURL
        )
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return try ClioClient(settings, tokens: tokens, accessToken: "T1", logger: logger, clock: clock)
    }

    private func settings(_ baseURL: String) -> ExtractSettings {
        var settings = ExtractSettings()
        settings.baseURL = baseURL
        return settings
    }

    /// Asks until there is an error.
    private func ask(
        _ client: ClioClient, isStopping: @escaping @Sendable () -> Bool = { false },
        onAttempt: @escaping @Sendable () -> Void
    ) async throws -> ClioError? {
        let address = try #require(client.address("users/who_am_i.json", []))
        let context = CallContext(
            entity: "who_am_i", isStopping: isStopping,
            onEvent: { event in if case .requestStarted = event { onAttempt() } })
        return await #expect(throws: ClioError.self) {
            _ = try await client.send(address, context) { _ in Result<Int, PageFault>.success(1) }
        }
    }

    private func attempts(_ settings: ExtractSettings) async throws -> (count: Int, error: ClioError?) {
        let count = Mutex(0)
        let error = try await ask(client(settings, TurnedClock().clock)) { count.withLock { $0 += 1 } }
        return (count.withLock { $0 }, error)
    }

    /// Nothing listens on the port, or the name is known nowhere.
    @Test(arguments: ["http://127.0.0.1:1", "https://clio.invalid"])
    func aRefusedPortAndAnUnknownNameAreTriedSixTimes(_ baseURL: String) async throws {
        let (count, error) = try await attempts(settings(baseURL))
        #expect(count == 6)
        #expect(error?.kind == .unreachable)
        #expect(error?.description.contains(baseURL) == true)
    }

    /// A firewall that drops packets.
    @Test func aSilentNetworkIsTriedSixTimes() async throws {
        let server = try FullServer()
        var settings = settings("http://127.0.0.1:\(server.port)")
        settings.connectTimeout = 0.05
        let (count, error) = try await attempts(settings)
        #expect(count == 6)
        #expect(error?.kind == .unreachable)
    }

    @Test func aStopEndsAConnectionThatDoesNotCome() async throws {
        let server = try FullServer()
        let stop = StopSignal()
        var settings = settings("http://127.0.0.1:\(server.port)")
        (settings.connectTimeout, settings.requestTimeout, settings.stallTimeout) = (600, 600, 600)
        let error = try await ask(client(settings, .system), isStopping: { stop.isRequested }) { stop.request() }
        #expect(error?.kind == .stopped)
    }

    /// The name is asked for again and again: a stop ends the wait between two attempts.
    @Test func aStopEndsTheRetriesOfAnUnknownName() async throws {
        let stop = StopSignal()
        let count = Mutex(0)
        let frozen = ExtractClock(
            now: { 0 }, wall: { 1_700_000_000 }, sleep: { _ in try? await Task.sleep(for: .milliseconds(1)) },
            random: { 0.5 })
        let error = try await ask(client(settings("https://clio.invalid"), frozen), isStopping: { stop.isRequested }) {
            count.withLock { $0 += 1 }
            Task {
                try await Task.sleep(for: .milliseconds(200))
                stop.request()
            }
        }
        #expect(error?.kind == .stopped)
        #expect(count.withLock { $0 } == 1)
    }
}

/// A listener whose queue is full: further connections are neither accepted nor refused.
private final class FullServer: Sendable {
    let port: UInt16
    private let descriptors: [Int32]

    init() throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        var clients: [Int32] = []
        let isFull = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                guard bind(listener, address, length) == 0, listen(listener, 0) == 0,
                    getsockname(listener, address, &length) == 0
                else { return false }
                for _ in 0..<4 {
                    let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
                    _ = connect(client, address, length)
                    clients.append(client)
                }
                return true
            }
        }
        try #require(isFull)
        port = UInt16(bigEndian: address.sin_port)
        descriptors = [listener] + clients
    }

    deinit { for descriptor in descriptors { close(descriptor) } }
}
