internal import Foundation

/// Sizes and times of files, which tell whether they changed.
public struct FileStamp: Sendable, Equatable {
    private var sizes: [Int?] = []
    private var times: [Int?] = []

    /// Looks at the files; one that is missing has a stamp too.
    public init(_ files: [String]) {
        for file in files {
            var status = stat()
            let exists = stat(file, &status) == 0
            sizes.append(exists ? Int(status.st_size) : nil)
            times.append(exists ? status.st_mtim.tv_sec * 1_000_000_000 + status.st_mtim.tv_nsec : nil)
        }
    }
}
