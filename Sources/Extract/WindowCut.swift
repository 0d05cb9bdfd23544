internal import Pipelines

/// Finds where to cut a window that is too long, with counts of Clio's.
struct WindowCut: Sendable {
    enum Step: Sendable, Equatable {
        /// Count what begins up to this moment (within the window).
        case count(upTo: Double)
        /// Find out whether Clio's counts say anything.
        case doubt
        /// The edges; none: the window cannot be cut.
        case done([Double])
    }

    /// What to do next.
    private(set) var step = Step.done([])
    private var planner: WindowPlanner
    /// Without counts the middle is as good a guess as any; a part that is still too long is cut again.
    private let halves: [Double]

    /// - Parameters:
    ///   - total: records in the window.
    ///   - starts: when some of them begin.
    init(_ window: TimeWindow, _ settings: WindowedList.Settings, total: Int, starts: [Double]) {
        planner = WindowPlanner(
            total: total, target: settings.target, window: window, starts: starts, now: settings.now,
            grain: settings.windows.boundType == .date ? 86_400 : 1)
        halves = planner.middle.map { [$0] } ?? []
        // Short, and not to be had as one window all the same: any edge makes it shorter.
        if total <= settings.target { step = .done(halves) } else { advance() }
    }

    private mutating func advance() {
        switch planner.next() {
        case .done(let edges): step = .done(edges)
        case .ignored: step = .doubt
        case .count(let moment): step = .count(upTo: moment)
        }
    }

    /// - Parameter count: nil: Clio gave none.
    mutating func answered(_ moment: Double, _ count: Int?) {
        guard let count else { return step = .done(planner.middle.map { [$0] } ?? []) }
        planner.answer(moment, count)
        advance()
    }

    /// - Parameter doCountsHold: whether counts say something, so that it is the bounds that have no effect.
    mutating func answered(doCountsHold: Bool) { step = .done(doCountsHold ? [] : halves) }
}
