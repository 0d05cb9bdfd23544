import Foundation

/// Runs blocking work on a thread of its own.
///
/// Swift's pool has as many threads as the machine has processors. Tests that block all of them stop every other test, and
/// with it what they wait for.
public func onThread<T: Sendable, E: Error>(
    _ work: @escaping @Sendable () throws(E) -> T
) async throws(E) -> T {
    let result: Result<T, E> = await withCheckedContinuation { continuation in
        Thread.detachNewThread {
            do throws(E) {
                continuation.resume(returning: .success(try work()))
            } catch {
                continuation.resume(returning: .failure(error))
            }
        }
    }
    return try result.get()
}
