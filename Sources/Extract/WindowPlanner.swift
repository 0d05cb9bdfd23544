/// Finds the edges that cut a list into windows that are short enough, with few counts.
///
/// A pure state machine: it asks how many records begin up to a moment and receives the count. Every count is a point of the
/// list's distribution in time, good for all edges; between the points a straight line is assumed.
struct WindowPlanner: Sendable {
    enum Step: Equatable {
        /// Count what begins up to this moment (within the window that is being cut).
        case count(upTo: Double)
        case done([Double])
        /// The bound changes nothing: Clio ignores it.
        case ignored
    }

    private struct Point {
        var time: Double
        var count: Int
        /// Counted, not assumed.
        var isKnown: Bool
    }

    private let total: Int
    private var target: Int
    /// The least distance of two edges.
    private let grain: Double
    /// Whether the window has a lower bound, which records that began earlier may reach across.
    private let isBounded: Bool
    private var points: [Point]
    private var edges: [Double] = []
    private var base = 0
    private var tries = 0
    private var countedAll = 0
    private var counted = 0

    /// Clio has no dates before 1900.
    private static let earliest = -2_208_988_800.0
    private static let latest = 7_258_118_400.0

    /// - Parameters:
    ///   - total: records in the window.
    ///   - target: the most that a part should have.
    ///   - starts: when some of the records begin; may be empty.
    init(
        total: Int, target: Int, window: TimeWindow = TimeWindow(lower: nil, upper: nil), starts: [Double],
        now: Double, grain: Double
    ) {
        self.total = total
        self.target = max(1, target)
        self.grain = grain
        isBounded = window.lower != nil
        let lower = window.lower ?? Self.earliest
        let upper = window.upper ?? Self.latest
        points = [Point(time: lower, count: 0, isKnown: true)]
        // Where the list probably begins and ends; forgotten as soon as a count says otherwise.
        let early = min(starts.min() ?? now - 5 * 31_557_600, now - 31_557_600)
        let late = max(starts.max() ?? now, now) + 90 * 86_400
        if early > lower && early < upper { points.append(Point(time: early, count: 0, isKnown: false)) }
        if late > lower && late < upper { points.append(Point(time: late, count: total, isKnown: false)) }
        points.append(Point(time: upper, count: total, isKnown: true))
    }

    /// What to do next.
    mutating func next() -> Step {
        while true {
            if total - base <= target { return .done(edges) }
            let least = base + target * 6 / 10
            if let fitting = points.last(where: {
                $0.isKnown && $0.count >= least && $0.count <= base + target && $0.time > (edges.last ?? -.infinity)
            }) {
                accept(fitting)
                continue
            }
            guard let right = points.firstIndex(where: { $0.count > base + target }), right > 0 else {
                return .done(edges)
            }
            let known = points[right...].first { $0.isKnown && $0.count > base + target } ?? points[right]
            let floor = points.last { $0.isKnown && $0.count < least } ?? points[0]
            let low = max(floor.time, edges.last ?? floor.time)
            if known.time - low < 2 * grain || tries >= 40 {
                guard passCrowd(known, after: floor) else { return .done(edges) }
                continue
            }
            if counted >= 6 && countedAll == counted { return .ignored }
            let wanted = base + target * 85 / 100
            let guess =
                tries % 3 == 2
                ? (low + known.time) / 2
                : tries == 0 && known.count > base + 2 * target
                    ? extrapolated(wanted) ?? interpolated(wanted, right) : interpolated(wanted, right)
            let rounded = (min(max(guess, low + grain), known.time - grain) / grain).rounded(.down) * grain
            return .count(upTo: max(rounded, low + grain / 2))
        }
    }

    /// So many begin at one moment that no edge splits them: edges before and after them are the best there is.
    /// - Returns: false when nothing is left to split.
    private mutating func passCrowd(_ crowd: Point, after floor: Point) -> Bool {
        if floor.count > base && floor.time > (edges.last ?? points[0].time) {
            accept(floor)
            return true
        }
        guard crowd.time < (points.last?.time ?? 0) else { return false }
        if isBounded && edges.isEmpty && floor.time == points[0].time {
            // They began earlier and reach into this window, and would into a part that begins a moment later as well:
            // split what begins here, so that one of the parts is after their end.
            let rest = total - crowd.count
            guard rest > max(target / 10, 1) else { return false }
            target = min(target, max(rest / 2, 1))
            base = crowd.count
            tries = 0
            return true
        }
        accept(crowd)
        return true
    }

    /// A moment in the middle of where the list probably lies, when there are no counts to go by; nil when there is none.
    var middle: Double? {
        let inner = points.dropFirst().dropLast()
        guard let first = points.first?.time, let last = points.last?.time else { return nil }
        let low = inner.first { !$0.isKnown && $0.count == 0 }?.time ?? first
        let high = inner.last { !$0.isKnown && $0.count == total }?.time ?? last
        let middle = ((low + high) / 2 / grain).rounded(.down) * grain
        return middle > first && middle < last ? middle : nil
    }

    private mutating func accept(_ point: Point) {
        edges.append(point.time)
        base = point.count
        tries = 0
    }

    /// Continues as dense as the list was before the last edge; nil when nothing is known of that.
    private func extrapolated(_ wanted: Int) -> Double? {
        guard let edge = edges.last,
            let before = points.last(where: {
                $0.isKnown && $0.time < edge && $0.count <= base - target / 4 && $0.count > 0
            })
        else { return nil }
        return edge + (edge - before.time) * Double(wanted - base) / Double(base - before.count)
    }

    private func interpolated(_ wanted: Int, _ right: Int) -> Double {
        let (left, right) = (points[right - 1], points[right])
        let share = Double(wanted - left.count) / Double(max(1, right.count - left.count))
        return left.time + (right.time - left.time) * min(max(share, 0), 1)
    }

    /// The count that was asked for.
    mutating func answer(_ time: Double, _ count: Int) {
        tries += 1
        counted += 1
        if count >= total { countedAll += 1 }
        let count = min(max(count, 0), total)
        points.removeAll { point in
            if point.time == time { return true }
            guard !point.isKnown else { return false }
            return (point.time < time && point.count > count) || (point.time > time && point.count < count)
                // The list's begin and end are known better now.
                || (point.time < time && count == 0) || (point.time > time && count == total)
        }
        let place = points.firstIndex { $0.time > time } ?? points.endIndex
        points.insert(Point(time: time, count: count, isKnown: true), at: place)
        // Counts of a list that changes meanwhile may go down; a distribution cannot.
        for index in points.indices.dropFirst() where points[index].count < points[index - 1].count {
            points[index].count = points[index - 1].count
        }
    }
}
