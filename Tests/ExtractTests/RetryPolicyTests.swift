import Testing

@testable import Extract

@Suite struct RetryPolicyTests {
    @Test func waitsGrowAndEndAfterFive() {
        let policy = RetryPolicy()
        let shortest = (1...5).map { policy.delay(beforeRetry: $0, random: 0) }
        #expect(shortest == [0.5, 1, 2, 4, 8])
        let longest = (1...5).compactMap { policy.delay(beforeRetry: $0, random: 0.999_999) }
        #expect(zip(longest, [1.0, 2, 4, 8, 16]).allSatisfy { abs($0 - $1) < 0.001 })
        #expect(policy.delay(beforeRetry: 6, random: 0.5) == nil)
        #expect(policy.warnsFrom == 3)
    }

    @Test func waitsHaveACeiling() {
        let policy = RetryPolicy(maximumRetries: 1000)
        #expect(policy.delay(beforeRetry: 900, random: 0) == 30)
    }

    @Test func noRetriesMeansNone() {
        #expect(RetryPolicy(maximumRetries: 0).delay(beforeRetry: 1, random: 0) == nil)
    }
}
