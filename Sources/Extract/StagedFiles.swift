internal import Dispatch
internal import Staging

/// Reading of whole staged files, which is nothing for a thread of Swift's pool.
enum StagedFiles {
    static func read<T: Sendable>(
        _ work: @escaping @Sendable () throws(StagingError) -> T
    ) async throws(StagingError) -> T {
        let result: Result<T, StagingError> = await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                do throws(StagingError) {
                    continuation.resume(returning: .success(try work()))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        return try result.get()
    }
}
