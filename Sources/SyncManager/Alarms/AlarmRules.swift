internal import Account

/// Which alarms the people of a firm want, and when.
struct AlarmRules: Sendable, Equatable {
    /// nil: all of them.
    var kinds: Set<Alarm.Kind>?
    /// Hours, by the firm's clock, in which only urgent alarms are sent.
    var quiet: SyncWindow?

    init(kinds: Set<Alarm.Kind>? = nil, quiet: SyncWindow? = nil) {
        self.kinds = kinds
        self.quiet = quiet
    }

    /// The rules of a firm's settings.
    init(_ settings: Settings) {
        self.init(kinds: settings.notifyEvents.map(Set.init), quiet: settings.notifyQuiet)
    }

    /// What is done with an alarm.
    enum Verdict: Equatable {
        case send
        /// It is sent when the quiet hours end, seconds since 1970.
        case hold(until: Double)
        /// The firm does not want it.
        case drop
    }

    /// - Parameter now: seconds since 1970.
    func verdict(_ kind: Alarm.Kind, now: Double) -> Verdict {
        if let kinds, !kinds.contains(kind) { return .drop }
        guard !kind.isUrgent, let end = quiet?.closing(at: now) else { return .send }
        return .hold(until: end)
    }
}

extension Alarm.Kind {
    /// Whether quiet hours do not hold it: the sync rests until a person acts.
    var isUrgent: Bool {
        switch self {
        case .critical, .failed: true
        default: false
        }
    }
}
