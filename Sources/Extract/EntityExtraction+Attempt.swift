extension EntityExtraction {
    /// How a piece of work ends, as a value: for the children of a task group, which do not throw.
    ///
    /// They put this in a variable before they return it beside something else. Where swiftc 6.3.1 (release) inlines a caught typed
    /// error into such a tuple, what stands beside the result is garbage.
    @inline(never)
    func attempt<T: Sendable>(_ work: () async throws(Halt) -> T) async -> Result<T, Halt> {
        do throws(Halt) {
            return .success(try await work())
        } catch {
            return .failure(error)
        }
    }
}
