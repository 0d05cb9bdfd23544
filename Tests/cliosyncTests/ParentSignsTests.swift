import Foundation
import Testing

@testable import cliosync

/// By what the end of the parent shows.
@Suite struct ParentSignsTests {
    private let start = ParentSigns(parent: 7, input: .open, outputs: [.open, .none])

    private func end(_ change: (inout ParentSigns) -> Void, since start: ParentSigns? = nil) -> ParentSigns.End? {
        var signs = self.start
        change(&signs)
        return signs.end(since: start ?? self.start)
    }

    @Test func anotherParentAndClosedPipesShowIt() {
        #expect(end { _ in } == nil)
        #expect(end { $0.parent = 1 } == .process)
        #expect(end { $0.input = .closed } == .input)
        #expect(end { $0.outputs[0] = .closed } == .output)
        #expect(end { $0.outputs[1] = .closed } == .output)
    }

    /// `for firm in …; do cliosync run …; done <list`: the list is read, and the parent is still there.
    @Test func anInputThatWasAtItsEndTellsNothing() {
        var start = start
        start.input = .closed
        #expect(end({ $0.input = .closed }, since: start) == nil)
        start.input = .none
        #expect(end({ $0.input = .none }, since: start) == nil)
    }

    @Test func realPipesAreSeenAsTheyAre() throws {
        var ends: [Int32] = [0, 0]
        #expect(Foundation.pipe(&ends) == 0)
        #expect(ParentSigns.pipe(ends[0]) == .open && ParentSigns.pipe(ends[1]) == .open)
        let other = dup(ends[1])
        close(ends[1])
        // Something to read is no end.
        #expect(write(other, "x", 1) == 1)
        #expect(ParentSigns.pipe(ends[0]) == .open)
        close(other)
        #expect(ParentSigns.pipe(ends[0]) == .closed)
        close(ends[0])
        #expect(Foundation.pipe(&ends) == 0)
        close(ends[0])
        #expect(ParentSigns.pipe(ends[1]) == .closed)
        close(ends[1])
        let null = open("/dev/null", O_RDWR)
        #expect(ParentSigns.pipe(null) == .none)
        close(null)
        #expect(ParentSigns.pipe(-1) == .none)
        #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        #expect(ParentSigns.pipe(ends[0]) == .open)
        close(ends[1])
        #expect(ParentSigns.pipe(ends[0]) == .closed)
        close(ends[0])
    }
}
