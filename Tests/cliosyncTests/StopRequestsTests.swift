import Testing

@testable import cliosync

/// Which signals are one request.
@Suite struct StopRequestsTests {
    private let start = ContinuousClock.now

    private func meanings(_ seconds: [Double], isStopping: Bool = false) -> [StopRequests.Meaning] {
        var requests = StopRequests()
        return seconds.map { requests.signal(at: start + .seconds($0), isStopping: isStopping) }
    }

    @Test func theFirstAsksForAStop() { #expect(meanings([0]) == [.stop]) }

    @Test func signalsWithinASecondAreTheSameRequest() {
        #expect(meanings([0, 0, 0.05, 0.999]) == [.stop, .same, .same, .same])
    }

    @Test func aLaterOneEndsTheProcessAtOnce() {
        #expect(meanings([0, 0.05, 1, 60]) == [.stop, .same, .atOnce, .atOnce])
    }

    /// `cliosync stop` and then a signal: the person waits for the end.
    @Test func aSignalToARunThatStopsAlreadyEndsItAtOnce() {
        #expect(meanings([0, 0.05], isStopping: true) == [.atOnce, .same])
    }

    /// The scheduler died, and its service manager signals what it left; or it stopped the run and did not wait.
    @Test func theEndOfTheParentIsARequestAndNeverASecondOne() {
        var requests = StopRequests()
        #expect(requests.parentEnded(at: start) == .stop)
        #expect(requests.signal(at: start + .seconds(0.5), isStopping: true) == .same)
        #expect(requests.signal(at: start + .seconds(1), isStopping: true) == .atOnce)
        requests = StopRequests()
        #expect(requests.signal(at: start, isStopping: false) == .stop)
        #expect(requests.parentEnded(at: start + .seconds(60)) == .same)
    }
}
