internal import Synchronization

/// What an entity's streams count together.
final class ExtractionTally: Sendable {
    struct Counts: Sendable {
        var records = 0
        var newRecords = 0
        var requests = 0
        var retries = 0
        var throttled = 0
        var duplicates = 0
        var mismatches = 0
        var outside = 0
        /// Pages that held what was not asked for however often they were asked for.
        var unexpectedPages = 0
        /// Records of closing passes: new ones, and others for the second time.
        var changed = 0
        var total: Int?
        /// Whether Clio's counts say nothing about what is asked for.
        var areCountsVoid = false
    }

    private let state = Mutex(Counts())

    var counts: Counts { state.withLock { $0 } }

    @discardableResult
    func update(_ body: (inout Counts) -> Void) -> Counts {
        state.withLock {
            body(&$0)
            return $0
        }
    }

    /// Counts what the client tells, on its way to the caller.
    func note(_ event: ExtractEvent) {
        switch event {
        case .requestStarted: update { $0.requests += 1 }
        case .retry: update { $0.retries += 1 }
        case .requestFinished(_, _, let status, _, _) where status == 429: update { $0.throttled += 1 }
        default: break
        }
    }
}
