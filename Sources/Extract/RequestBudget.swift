internal import HTTP

/// One token's budget, shared by everything that asks Clio: carries out the waits that the governor decides.
public actor RequestBudget {
    /// The permission to send one request.
    public struct Ticket: Sendable {
        let sentAt: Double
        /// When the answer was there, before it was looked at.
        var answeredAt: Double?
    }

    /// Told of a wait: until when by this machine's clock (nil: until an answer comes), and why.
    public typealias WaitObserver = @Sendable (_ until: Double?, _ reason: WaitReason) -> Void

    private struct Waiter {
        let id: UInt64
        let priority: @Sendable () -> Int
        let isStopping: @Sendable () -> Bool
        let onWait: WaitObserver
        let continuation: CheckedContinuation<Ticket?, Never>
    }

    private var governor: RateGovernor
    private let clock: ExtractClock
    private let shared: SharedBudget?
    private let heldUntil: (@Sendable (Double) -> Double?)?
    private let noteWait: (@Sendable (Double) -> Void)?
    private var waiters: [Waiter] = []
    private var nextID: UInt64 = 0
    private var timer: Task<Void, Never>?
    /// Checks for stops while requests wait.
    private var stopWatch: Task<Void, Never>?
    private var timerAt = Double.infinity
    private var told: (until: Double, reason: WaitReason)?
    private var throttled = 0
    private var sent = 0
    /// Seconds from sending to the answer, smoothed.
    private var latency: Double?
    private let settings: RateGovernor.Settings

    init(
        _ settings: RateGovernor.Settings, clock: ExtractClock, shared: SharedBudget?,
        heldUntil: (@Sendable (Double) -> Double?)? = nil, noteWait: (@Sendable (Double) -> Void)? = nil
    ) {
        self.settings = settings
        governor = RateGovernor(settings)
        self.heldUntil = heldUntil
        self.noteWait = noteWait
        self.clock = clock
        self.shared = shared
    }

    deinit {
        timer?.cancel()
        stopWatch?.cancel()
    }

    /// The file in which all processes count what a token spends; nil for an address that is none.
    public static func file(token: String, baseURL: String, in folder: String) -> String? {
        WebAddress(baseURL).map { SharedBudget.path(folder: folder, token: token, origin: $0.origin) }
    }

    /// Requests sent so far, and how many of them Clio refused for the rate.
    public var counts: (sent: Int, throttled: Int) { (sent, throttled) }

    /// Clio's limit once known, and what we spend of it: requests a minute, whatever the length of Clio's window.
    public var limits: (limit: Int?, budget: Int) {
        (governor.limit.map(governor.perMinute), governor.perMinute(governor.budget))
    }

    /// Streams that it takes to spend the budget, each with one request under way at a time.
    ///
    /// The governor spends a window's budget in three quarters of it; the rest of the margin is for pages that take longer
    /// than the others.
    var wantedStreams: Int {
        guard let latency else { return 1 }
        return Self.wantedStreams(governor, latency: latency, settings: settings)
    }

    static func wantedStreams(_ governor: RateGovernor, latency: Double, settings: RateGovernor.Settings) -> Int {
        let perSecond = Double(governor.budget) / (governor.length * 0.75)
        return min(max(1, settings.concurrency), max(1, Int((perSecond * latency * 1.25).rounded(.up))))
    }

    /// The state of the budget, for a forecast: a copy of the governor with its settings, the time by its clock and by the
    /// wall, and the seconds that an answer takes.
    public var standing:
        (
            governor: RateGovernor, settings: RateGovernor.Settings, now: Double, wall: Double, latency: Double?
        )
    { (governor, settings, clock.now(), clock.wall(), latency) }

    /// Waits for a turn; a lower priority goes first, and among equals who came first.
    /// - Returns: nil when the task was cancelled or a stop was asked for.
    func acquire(
        priority: @escaping @Sendable () -> Int, isStopping: @escaping @Sendable () -> Bool,
        onWait: @escaping WaitObserver
    ) async -> Ticket? {
        nextID += 1
        let id = nextID
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if Task.isCancelled || isStopping() { return continuation.resume(returning: nil) }
                waiters.append(
                    Waiter(
                        id: id, priority: priority, isStopping: isStopping, onWait: onWait, continuation: continuation))
                pump()
                watchForStops()
            }
        } onCancel: {
            Task { await self.drop(id) }
        }
    }

    /// The ticket's request was answered, or failed.
    /// - Parameter limitedFor: when Clio refused it for the rate, the seconds it named, 0 when it named none.
    /// - Returns: the limits, requests a minute, when they changed.
    @discardableResult
    func release(
        _ ticket: Ticket, _ answer: RateGovernor.Answer, limitedFor: Double? = nil
    ) -> (limit: Int, budget: Int)? {
        let before = limits.limit
        let now = clock.now()
        if answer != .none {
            let sample = (ticket.answeredAt ?? now) - ticket.sentAt
            latency = latency.map { $0 * 0.8 + sample * 0.2 } ?? sample
        }
        governor.answered(answer, sentAt: ticket.sentAt, now: now)
        if let limitedFor {
            throttled += 1
            governor.limited(retryAfter: limitedFor > 0 ? limitedFor : nil, now: now)
        }
        if case .headers(let headers) = answer {
            shared?.note(reset: headers.reset, used: headers.limit - headers.remaining, length: governor.length)
        }
        pump()
        guard let limit = limits.limit, limit != before else { return nil }
        return (limit, limits.budget)
    }

    /// Sends away everybody whose stop was asked for.
    private func dropStopped() {
        let leaving = waiters.filter { $0.isStopping() }
        guard !leaving.isEmpty else { return }
        waiters.removeAll { waiter in leaving.contains { $0.id == waiter.id } }
        for waiter in leaving { waiter.continuation.resume(returning: nil) }
        pump()
    }

    /// A wait may take a minute or a night; a stop must not. Stops are polled.
    private func watchForStops() {
        guard stopWatch == nil, !waiters.isEmpty else { return }
        stopWatch = Task { [weak self] in
            while !Task.isCancelled {
                // Real time, whatever the clock of the budget.
                try? await Task.sleep(for: .milliseconds(100))
                guard await self?.hasWaitersAfterStops() == true else { return }
            }
        }
    }

    private func hasWaitersAfterStops() -> Bool {
        dropStopped()
        if waiters.isEmpty { stopWatch = nil }
        return !waiters.isEmpty
    }

    private func drop(_ id: UInt64) {
        guard let index = waiters.firstIndex(where: { $0.id == id }) else { return }
        waiters.remove(at: index).continuation.resume(returning: nil)
        pump()
    }

    private func pump() {
        while let place = nextPlace {
            let first = waiters[place]
            let now = clock.now()
            switch decide(now) {
            case .go:
                waiters.remove(at: place)
                sent += 1
                told = nil
                first.continuation.resume(returning: Ticket(sentAt: now))
            case .wait(let until, let reason):
                // The wall clock decides about hours: looked at often, as a machine that slept has another one.
                setTimer(reason == .hours ? min(until, now + 30) : until, now: now)
                tell(first, until: until, reason: reason, now: now)
                return
            }
        }
        setTimer(.infinity, now: 0)
    }

    /// Who goes next; priorities may have changed during the wait.
    private var nextPlace: Int? {
        waiters.indices.min { waiters[$0].priority() < waiters[$1].priority() }
    }

    private func decide(_ now: Double) -> RateGovernor.Decision {
        let wall = clock.wall()
        if let until = heldUntil?(wall) { return .wait(until: now + max(0.05, until - wall), .hours) }
        let decision = governor.ask(now: now)
        guard decision == .go, let shared, let reset = governor.windowReset else { return decision }
        let isFree = shared.take(
            reset: reset, own: governor.sentInWindow, budget: governor.budget, length: governor.length)
        guard !isFree else { return .go }
        governor.takeBack()
        return .wait(until: min(governor.windowEnd ?? now + 1, now + 1), .budget)
    }

    private func setTimer(_ until: Double, now: Double) {
        guard until != timerAt else { return }
        timer?.cancel()
        timer = nil
        timerAt = until
        guard until.isFinite else { return }
        let clock = clock
        timer = Task { [weak self] in
            await clock.sleep(max(0, until - now))
            if !Task.isCancelled { await self?.timerFired(until) }
        }
    }

    private func timerFired(_ at: Double) {
        if at == timerAt { timerAt = .infinity }
        pump()
    }

    /// Short waits are not reported.
    private func tell(_ waiter: Waiter, until: Double, reason: WaitReason, now: Double) {
        guard until - now > 1.5, until.isFinite, told?.until != until || told?.reason != reason else { return }
        told = (until, reason)
        noteWait?(clock.wall() + until - now)
        waiter.onWait(clock.wall() + until - now, reason)
    }
}
