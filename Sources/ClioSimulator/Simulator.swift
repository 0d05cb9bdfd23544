internal import LocalServer
internal import Synchronization

/// A double of Clio's Manage API v4 on 127.0.0.1, with a whole law firm behind it.
///
/// ```swift
/// var options = SimulatorOptions()
/// options.shape = .medium
/// let simulator = try Simulator(options: options)
/// let port = try await simulator.start()
/// // … http://127.0.0.1:PORT/api/v4/matters.json with the token `simulator-token`
/// await simulator.stop()
/// ```
public final class Simulator: Sendable {
    struct State {
        var tokens: Tokens
        var windows: [String: RateWindow] = [:]
        /// One for each account.
        var firms: [Firm]
        var limit: Int
        var latency: Double
        var jitter: Double
        /// The status that a list is refused with.
        var forbidden: [String: Int]
        var faults: [Fault]
        var counting: Counting
        var listRequests = 0
        /// List requests with a higher number wait until this is raised.
        var held = Int.max
        var server: LocalServer?
    }

    /// What the simulator was made with.
    public let options: SimulatorOptions
    let planner = Planner()
    let listers: [Lister]
    let log: RequestLog
    let clock: ShiftedClock
    let state: Mutex<State>
    let plans = Mutex<[String: Plan]>([:])

    /// Computes the firm and writes the answer sheet; does not listen yet. Throws a ``SimulatorError`` when an option
    /// makes no sense or a file cannot be written.
    public init(options: SimulatorOptions = SimulatorOptions()) throws(SimulatorError) {
        try options.check()
        let clock = ShiftedClock(options.clock)
        var options = options
        options.clock = { clock.now }
        self.clock = clock
        self.options = options
        log = try RequestLog(path: options.logPath)
        var shape = options.shape
        shape.users = max(1, shape.users)
        let today = CivilDate.parseDay(options.today) ?? 0
        let firm = Firm(
            seed: options.seed, shape: shape, today: today, defectShare: options.defects,
            accountName: options.accountName)
        let others = options.accounts.map { account in
            Firm(
                seed: account.seed, shape: account.shape ?? shape, today: today, defectShare: options.defects,
                accountName: account.name)
        }
        listers = (0...others.count).map { _ in Lister() }
        if let path = options.truthPath { try Truth(firm: firm).write(to: path) }
        state = Mutex(
            State(
                tokens: Tokens(options), firms: [firm] + others, limit: options.limit, latency: options.latency,
                jitter: options.jitter,
                forbidden: Dictionary(uniqueKeysWithValues: options.forbidden.map { ($0, 403) }),
                faults: options.faults,
                counting: options.counting
            ))
    }

    /// Starts to listen and returns the port. Throws when the port is taken.
    public func start() async throws -> Int {
        do {
            // A time limit of the server would cut latency and stalls short.
            let server = try LocalServer(.loopback(port: options.port), timeout: 86_400) { [self] request in
                await respond(request)
            }
            let port = try await server.start()
            state.withLock { $0.server = server }
            return port
        } catch {
            throw SimulatorError.option("--port \(options.port)", "cannot listen there (\(error)); use another")
        }
    }

    /// Stops listening and closes every connection.
    public func stop() async {
        let server = state.withLock { state in
            defer { state.server = nil }
            return state.server
        }
        await server?.stop()
    }

    /// How many requests came so far, control end points not counted.
    public var requestCount: Int { log.count }

    /// The newest requests (up to 100,000), oldest first.
    public var requests: [RequestRecord] { log.records }

    /// Every field and association of a list with every field inside the braces, as `fields` takes it; nil when there is
    /// no list of this name.
    public func everyField(of kind: String) -> String? {
        Kind.named(kind).map { planner.everything(schema: $0.schema) }
    }
}
