extension RateGovernor {
    /// What an answer said about the budget.
    public enum Answer: Sendable, Equatable {
        case headers(RateHeaders)
        /// The requests per window and those left in it, without the window's end.
        case counted(limit: Int, remaining: Int)
        /// An answer without rate headers.
        case silent
        /// No answer: Clio may have counted the request or not.
        case none
    }

    /// An answer came, or the request failed.
    /// - Parameter sentAt: when `ask` said go.
    public mutating func answered(_ answer: Answer, sentAt: Double, now: Double) {
        underWay = max(0, underWay - 1)
        guard case .headers(let headers) = answer else {
            roll(now)
            if answer != .none { isProbing = false }
            guard window == nil else { return uncounted.append(now) }
            return noteUntold(answer, sentAt: sentAt, now: now)
        }
        isProbing = false
        note(limit: headers.limit, sentAt: sentAt)
        isDateMissing = !headers.hasDate
        clock.note(date: headers.date, now: now)
        note(headers, sentAt: sentAt, now: now)
        // Whatever ended before this request was sent is in its count.
        uncounted.removeAll { $0 <= sentAt }
    }

    /// The answer to an earlier request may come later, with a limit that holds no longer.
    mutating func note(limit told: Int, sentAt: Double) {
        guard sentAt >= limitToldAt || limit.map({ told < $0 }) ?? true else { return }
        limit = told
        limitToldAt = max(limitToldAt, sentAt)
    }

    private mutating func note(_ headers: RateHeaders, sentAt: Double, now: Double) {
        let used = headers.limit - headers.remaining
        guard let current = window else {
            clock.isRunning(until: headers.reset, sentAt: sentAt)
            window = opened(headers, used, sent: underWay + 1, now: now)
            return
        }
        if headers.reset > current.told + Self.sameWindow {
            changed(from: current, headers, used, sentAt: sentAt, now: now)
        } else if headers.reset >= current.told - Self.sameWindow {
            stillRuns(current, headers, used, sentAt: sentAt, now: now)
        } else if sentAt >= current.since {
            // An answer out of an earlier window says nothing about this one. But as the request was sent after this window
            // was told, that end was a mistake, or the server's clock was set back.
            window = opened(headers, used, sent: current.sent, now: now)
        }
    }

    /// The window that an answer is the first to tell of.
    private func opened(_ headers: RateHeaders, _ used: Int, sent: Int, now: Double) -> Window {
        var window = Window(
            reset: headers.reset, told: headers.reset, end: 0, used: used, isConfirmed: true, sent: sent, since: now)
        window.end = end(of: window, now: now)
        return window
    }

    private mutating func changed(
        from old: Window, _ headers: RateHeaders, _ used: Int, sentAt: Double, now: Double
    ) {
        let isOver = windowLength.note(
            from: old.told, to: headers, used: used,
            usedBefore: old.isConfirmed ? old.used : max(old.used, old.usedBefore),
            trustsDate: headers.hasDate && !clock.isDateRefuted)
        if isOver {
            clock.hasEnded(old.told, now: now)
            if let expectedAt = old.expectedAt, sentAt >= expectedAt { areClocksProven = true }
        }
        clock.isRunning(until: headers.reset, sentAt: sentAt)
        window = opened(headers, used, sent: old.expectedAt == nil ? underWay + 1 : old.sent, now: now)
    }

    /// An answer told the same end as those before.
    private mutating func stillRuns(
        _ window: Window, _ headers: RateHeaders, _ used: Int, sentAt: Double, now: Double
    ) {
        var current = window
        clock.isRunning(until: headers.reset, sentAt: sentAt)
        windowLength.note(running: sentAt - current.since)
        if clock.isDateRefuted {
            windowLength.forgetDates()
        } else if headers.hasDate {
            windowLength.note(rest: headers.reset - headers.date)
        }
        guard let expectedAt = current.expectedAt else {
            current.used = max(current.used, used)
            current.tells += 1
            current.told = max(current.told, headers.reset)
            current.reset = current.told
            if current.mistakes == 0 { current.end = end(of: current, now: now) }
            self.window = current
            return
        }
        guard !current.isConfirmed else { return }
        // The window that was taken for over; perhaps it is not.
        current.usedBefore = max(current.usedBefore, used)
        current.told = max(current.told, headers.reset)
        if sentAt >= expectedAt {
            areClocksProven = false
            current.mistakes += 1
            current.end = retry(current, left: headers.limit - current.usedBefore, sentAt: sentAt, now: now)
        } else {
            current.end = end(of: current, now: now)
        }
        if now < current.end {
            current.reset = current.told
            current.used = current.usedBefore
            current.usedBefore = 0
            current.isConfirmed = true
            current.expectedAt = nil
            self.window = current
        } else {
            self.window?.usedBefore = current.usedBefore
            self.window?.told = current.told
        }
    }

    /// The end of a window by our clock: never too early if the clocks are right, and not farther away than a window lasts.
    private func end(of window: Window, now: Double) -> Double {
        let byLength = window.since + windowLength.longest + Self.resetSlack
        return clock.latest(window.told).map { min($0, byLength) } ?? byLength
    }

    /// When to ask whether a window is over that was taken for over too early.
    /// - Parameter left: requests that may be spent on asking.
    private func retry(_ window: Window, left: Int, sentAt: Double, now: Double) -> Double {
        let byClock = clock.latest(window.told).flatMap { $0 > now ? $0 : nil } ?? .infinity
        if byClock <= window.since + windowLength.longest + Self.resetSlack { return byClock }
        let elapsed = max(sentAt - window.since, 1)
        let end =
            switch left {
            // One more could be refused: a window of five minutes is over by then, and one that the Date header told roughly.
            case ...0: window.since + max(4 * elapsed, 5 * settings.window)
            case 1: window.since + max(4 * elapsed, settings.window)
            default: now + (window.mistakes == 1 ? elapsed / 4 : elapsed)
            }
        return max(now + Self.resetSlack, min(end, byClock, window.since + WindowLength.limit))
    }

    /// Clio refused for the rate, openly or in disguise; the answer itself was reported before.
    /// - Parameter retryAfter: the seconds it named; nil: until the window ends, or for the length of one when that is
    ///   not known.
    public mutating func limited(retryAfter: Double?, now: Double) {
        if window == nil {
            untold.refused(
                retryAfter: retryAfter, limit: limit ?? settings.fallbackLimit, now: now, length: &windowLength)
        }
        let rest = window.flatMap { $0.isConfirmed && $0.end > now ? $0.end - now : nil }
        let seconds = min(max(retryAfter ?? rest ?? length, 1), 3600)
        pausedUntil = max(pausedUntil, now + seconds + 0.5)
        isProbing = true
    }
}
