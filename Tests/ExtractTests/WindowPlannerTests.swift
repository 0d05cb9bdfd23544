import Testing

@testable import Extract

@Suite struct WindowPlannerTests {
    private static let now = 1_795_000_000.0
    private static let year = 31_557_600.0

    /// Runs the planner against begins in ascending order; returns edges and counts asked for.
    private func plan(
        _ begins: [Double], target: Int = 9000, starts: [Double] = [],
        window: TimeWindow = .init(lower: nil, upper: nil)
    ) -> (edges: [Double], asked: Int) {
        func count(upTo time: Double) -> Int {
            var low = 0
            var high = begins.count
            while low < high {
                let middle = (low + high) / 2
                if begins[middle] <= time { low = middle + 1 } else { high = middle }
            }
            return low
        }
        var planner = WindowPlanner(
            total: begins.count, target: target, window: window, starts: starts, now: Self.now, grain: 1)
        var asked = 0
        while asked < 500 {
            switch planner.next() {
            case .done(let edges): return (edges, asked)
            case .ignored: return ([], asked)
            case .count(let time):
                asked += 1
                planner.answer(time, count(upTo: time))
            }
        }
        return ([], asked)
    }

    private func largest(_ begins: [Double], _ edges: [Double]) -> Int {
        let bounds = [-Double.infinity] + edges + [Double.infinity]
        return zip(bounds, bounds.dropFirst()).map { low, high in begins.count { $0 > low && $0 <= high } }.max() ?? 0
    }

    @Test func anEvenListNeedsFewCounts() {
        let begins = (0..<50_000).map { Self.now - 8 * Self.year + Double($0) * 8.3 * Self.year / 50_000 }
        let (edges, asked) = plan(begins, starts: Array(begins.prefix(200)))
        #expect(largest(begins, edges) <= 9000)
        #expect((5...8).contains(edges.count))
        #expect(asked <= 12)
    }

    @Test func aGrowingFirmIsCutToo() {
        // Ever more events a year, and a tail in the future.
        let begins = (0..<120_000).map { index in
            Self.now - 15 * Self.year + 16 * Self.year * (Double(index) / 120_000).squareRoot()
        }
        let (edges, asked) = plan(begins, starts: Array(begins.prefix(200)))
        #expect(largest(begins, edges) <= 9000)
        #expect(edges.count <= 22)
        #expect(asked <= 40)
    }

    @Test func withoutASampleItTakesALittleLonger() {
        let begins = (0..<30_000).map { Self.now - 20 * Self.year + Double($0) * 2000 }
        let (edges, asked) = plan(begins)
        #expect(largest(begins, edges) <= 9000)
        #expect(asked <= 40)
    }

    @Test func twentyThousandAtOneMomentCannotBeParted() {
        let moment = Self.now - Self.year
        let begins = [Double](repeating: moment, count: 20_000) + (0..<12_000).map { moment + 1000 + Double($0) * 500 }
        let (edges, asked) = plan(begins)
        #expect(!edges.isEmpty)
        // The crowd stands alone; what can be parted is.
        #expect(largest(begins, edges) <= 20_000 + 100)
        #expect(asked < 200)
    }

    @Test func aFilterThatChangesNothingIsSeen() {
        var planner = WindowPlanner(
            total: 30_000, target: 9000, starts: [], now: Self.now, grain: 1)
        for _ in 0..<20 {
            switch planner.next() {
            case .count(let time): planner.answer(time, 30_000)
            case .ignored: return
            case .done: Issue.record("found edges where there are none")
            }
        }
        Issue.record("never noticed")
    }

    @Test func aWindowIsPartedInside() {
        let begins = (0..<20_000).map { Self.now - Self.year + Double($0) * 1000 }
        let window = TimeWindow(lower: begins[0] - 10, upper: begins[19_999] + 10)
        let (edges, asked) = plan(begins, window: window)
        #expect(edges.allSatisfy { $0 > begins[0] - 10 && $0 < begins[19_999] + 10 })
        #expect(largest(begins, edges) <= 9000)
        #expect(asked <= 6)
    }
}
