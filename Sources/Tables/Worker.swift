internal import Dispatch

/// Blocking work of a load or a verification, off Swift's thread pool.
package enum Worker {
    /// Runs blocking work on its own queue.
    package static func run<T: Sendable>(
        _ label: String, _ work: @escaping @Sendable () throws(LoadError) -> T
    ) async throws(LoadError) -> T {
        let result: Result<T, LoadError> = await withCheckedContinuation { continuation in
            DispatchQueue(label: label).async {
                do throws(LoadError) {
                    continuation.resume(returning: .success(try work()))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        return try result.get()
    }
}
