internal import Dispatch
internal import Staging

/// Reads staged files off the cooperative pool, because the reads block.
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

    /// Goes through the lines of staged parts. Blocks while it reads.
    /// - Parameter body: takes a line, valid until it returns, and its number in the layer.
    static func forEachLine(
        _ parts: [(file: PartFile, pages: [RawPageEntry])],
        _ body: (UnsafeRawBufferPointer, Int64) -> Void
    ) throws(StagingError) {
        for (file, pages) in parts where file.records > 0 {
            let reader = try NDJSONReader(file)
            var sequences = PageCursor(pages)
            while let line = try reader.next() { body(line, sequences.next() ?? .max) }
        }
    }
}
