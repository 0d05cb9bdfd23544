import Synchronization
import Testing

@testable import Remote

@Suite(.timeLimit(.minutes(5))) struct PushGroupTests {
    private struct Refused: Error {}

    /// A push that waits until it is let through.
    private actor Turnstile {
        private var passes: [CheckedContinuation<Void, Never>] = []
        private(set) var entered = 0

        func enter() async {
            entered += 1
            await withCheckedContinuation { passes.append($0) }
        }

        func open() {
            for pass in passes { pass.resume() }
            passes = []
        }
    }

    @Test func onePushServesAllThatCameBeforeIt() async {
        let turnstile = Turnstile()
        let group = PushGroup(push: { await turnstile.enter() }, onFailure: { _ in Issue.record("failed") })
        let first = Task { await group.stored() }
        while await turnstile.entered < 1 { await Task.yield() }
        // These came after the first push began: their pages may not be in it.
        let late = (0..<5).map { _ in Task { await group.stored() } }
        while await group.waitingCount < 5 { await Task.yield() }
        await turnstile.open()
        await first.value
        while await turnstile.entered < 2 { await Task.yield() }
        await turnstile.open()
        for task in late { await task.value }
        #expect(await turnstile.entered == 2)
    }

    @Test func afterAFailureNothingWaitsAndNothingIsPushed() async {
        let pushes = Atomic<Int>(0)
        let failures = Atomic<Int>(0)
        let group = PushGroup(
            push: {
                pushes.add(1, ordering: .relaxed)
                throw Refused()
            }, onFailure: { _ in failures.add(1, ordering: .relaxed) })
        for _ in 0..<3 { await group.stored() }
        #expect(pushes.load(ordering: .relaxed) == 1)
        #expect(failures.load(ordering: .relaxed) == 1)
        #expect(await group.error is Refused)
    }
}
