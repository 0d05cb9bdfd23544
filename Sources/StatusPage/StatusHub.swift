internal import Dispatch
internal import Foundation
internal import JSON
internal import Progress
internal import Synchronization

/// Looks at the connections once a second, for all who watch: however many they are, the files are read once.
final class StatusHub: Sendable {
    private struct State {
        var snapshot: StatusSnapshot
        var version = 0
        var pages: [String: String] = [:]
        /// What the alarms of a connection are about, so that each is asked for once.
        var alarms: [String: String] = [:]
        var details: [String: FirmDetails] = [:]
        var flashes: [(id: String, firm: String, flash: Flash)] = []
    }

    private let source: Mutex<StatusSource>
    /// The firms of all machines, where these are shown.
    private let stored: StoredStatusSource?
    private let state: Mutex<State>
    private let onAlarm: (@Sendable (String) -> Void)?
    private let queue = DispatchQueue(label: "cliosync.status")
    private let looking = Mutex<Task<Void, Never>?>(nil)
    private let metrics = ReadingCache { FirmMetrics($0) }
    private let reports = ReadingCache { RawJSON(ConnectionReport($0).json) }

    init(_ options: StatusPageOptions, clock: @escaping @Sendable () -> Double) {
        onAlarm = options.onAlarm
        source = Mutex(
            StatusSource(
                staging: options.staging, catalog: options.catalog,
                StatusSource.Options(
                    groups: options.groups, freshness: options.freshness, configured: options.configured),
                clock: clock))
        stored = options.stored.map { firms in
            StoredStatusSource(firms, catalog: options.catalog, freshness: options.freshness, clock: clock)
        }
        state = Mutex(State(snapshot: StatusSnapshot(time: clock())))
    }

    /// Looks, so that the first page shows something, and then again and again until `stop`.
    func start(interval: Double) async {
        await look()
        let task = Task { [weak self] in
            while !Task.isCancelled {
                try? await Task.sleep(for: .seconds(interval))
                await self?.look()
            }
        }
        looking.withLock { $0 = task }
    }

    func stop() { looking.withLock { $0?.cancel() } }

    /// Looks now: after an action, people want to see its effect.
    func look() async {
        await withCheckedContinuation { continuation in
            // Small queries, but they block: not on Swift's own threads.
            queue.async { [self] in
                let snapshot = stored?.snapshot() ?? source.withLock { $0.snapshot() }
                let alarmed = state.withLock { state in
                    state.snapshot = snapshot
                    state.version += 1
                    state.pages = [:]
                    state.details = [:]
                    return snapshot.connections.filter { status in
                        guard let subject = status.alarmSubject else { return false }
                        defer { state.alarms[status.name] = subject }
                        return state.alarms[status.name] != subject
                    }.map(\.name)
                }
                for name in alarmed { onAlarm?(name) }
                continuation.resume()
            }
        }
    }

    /// The current state.
    var snapshot: StatusSnapshot { state.withLock { $0.snapshot } }

    /// What a firm's page shows beside its progress: read once for each look, however many watch it. What cannot be read
    /// is left out; the progress says why.
    func details(_ name: String) async -> FirmDetails {
        await read { [self] source in
            let (version, known) = state.withLock { ($0.version, $0.details[name]) }
            if let known { return known }
            let details = (try? source.details(name)) ?? FirmDetails()
            state.withLock { state in
                if state.version == version { state.details[name] = details }
            }
            return details
        }
    }

    /// Reads something off Swift's own threads, one reader at a time.
    func read<Value: Sendable>(_ body: @escaping @Sendable (StatusSource) -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            queue.async { [self] in continuation.resume(returning: source.withLock { body($0) }) }
        }
    }

    /// A page's content: made once for each look, however many watch it.
    func page(_ key: String, _ make: (StatusSnapshot) -> String) -> String {
        let (snapshot, version, known) = state.withLock { ($0.snapshot, $0.version, $0.pages[key]) }
        if let known { return known }
        let text = make(snapshot)
        state.withLock { state in
            if state.version == version { state.pages[key] = text }
        }
        return text
    }

    // MARK: For programs

    /// The text of `/metrics`.
    /// - Parameter watchers: pages that watch.
    func metrics(version: String, watchers: Int) async -> [UInt8] {
        await aside { [self] in
            let snapshot = snapshot
            return Metrics(snapshot: snapshot, version: version, watchers: watchers)
                .bytes(metrics.values(snapshot.connections))
        }
    }

    /// The answer of `/api/status`.
    /// - Parameter isVisible: whether a connection is in it.
    func report(_ isVisible: @escaping @Sendable (String) -> Bool) async -> SnapshotReport {
        await aside { [self] in
            let snapshot = snapshot
            let reports = zip(snapshot.connections, reports.values(snapshot.connections))
            return SnapshotReport(
                time: StatusWords.time(snapshot.time), connections: reports.filter { isVisible($0.0.name) }.map(\.1))
        }
    }

    /// Of thousands of firms this takes a while: not on Swift's own threads.
    private func aside<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: body()) }
        }
    }

    // MARK: What actions came to

    private static let mostFlashes = 100

    /// Keeps a message for the page that follows the action; the oldest is forgotten.
    func keep(_ flash: Flash, firm: String) -> String {
        let id = Secrets.randomWord(8)
        state.withLock { state in
            state.flashes.append((id, firm, flash))
            if state.flashes.count > Self.mostFlashes { state.flashes.removeFirst() }
        }
        return id
    }

    /// The message with this id, for this firm's page only.
    func flash(_ id: String, firm: String) -> Flash? {
        state.withLock { $0.flashes.last { $0.id == id && $0.firm == firm }?.flash }
    }
}
