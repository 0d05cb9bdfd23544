internal import Staging
internal import Tables

extension LoadError {
    /// Whether a file is there.
    /// - Throws: when this user may not know.
    static func exists(_ path: String) throws(LoadError) -> Bool {
        do throws(StagingError) { return try Files.exists(path) } catch { throw LoadError(error) }
    }

    /// Bytes of a file; nil when there is none.
    static func size(_ path: String) throws(LoadError) -> Int? {
        do throws(StagingError) { return try Files.size(path) } catch { throw LoadError(error) }
    }
}
