internal import HTTP

/// Answers that do not tell when their window ends.
extension RateGovernor {
    /// What may be sent without knowing when Clio's window ends.
    enum UntoldShare {
        /// So many requests until then.
        case share(Int, until: Double)
        case wait(until: Double)
    }

    func untoldShare(_ now: Double) -> UntoldShare {
        if let count = untold.count {
            let end = count.first + length + Self.resetSlack
            let left = min(budget, shareBudget - count.used) - underWay - uncounted.count
            if now < end { return left > 0 ? .share(left, until: end) : .wait(until: end) }
            // The window may last longer than thought: one request shows it.
            return underWay == 0 ? .share(1, until: now + 1) : .wait(until: .infinity)
        }
        // Any stretch of a window's length may be Clio's window.
        let left = budget - underWay - uncounted.count
        guard left <= 0 else {
            // The stretch moves along: at its own pace, whatever is left.
            return .share(max(left, budget), until: now + length)
        }
        let whole = length + Self.resetSlack
        return .wait(until: uncounted.first.map { $0 + whole } ?? .infinity)
    }

    /// Notes an answer without a window's end, as long as none told one.
    mutating func noteUntold(_ answer: Answer, sentAt: Double, now: Double) {
        if case .counted(let limit, let remaining) = answer {
            note(limit: limit, sentAt: sentAt)
            untold.note(limit: limit, remaining: remaining, sentAt: sentAt, now: now, length: &windowLength)
            // Whatever ended before this request was sent is in its count.
            uncounted.removeAll { $0 <= sentAt }
        } else {
            uncounted.append(now)
        }
        if answer != .none { untold.answered(sentAt: sentAt, keeping: limit ?? settings.fallbackLimit) }
    }
}

extension RateGovernor.Answer {
    /// What headers say about the budget; nil: nothing.
    init?(_ headers: HTTPHeaders, wall: Double) {
        if let told = RateHeaders(headers, wall: wall) {
            self = .headers(told)
        } else if let (limit, remaining) = RateHeaders.count(headers) {
            self = .counted(limit: limit, remaining: remaining)
        } else {
            return nil
        }
    }
}
