internal import Glibc

/// What tells whether a file was written, or another one put in its place, since it was looked at.
package struct FileIdentity: Codable, Sendable, Equatable {
    private let number: UInt64
    /// Its size.
    package let bytes: Int
    /// When it was last written, and when it or its name last changed: nanoseconds since 1970.
    private let written: Int
    private let changed: Int

    /// nil: there is no such file, or nothing can be told of it.
    package init?(_ path: String) {
        var facts = stat()
        guard stat(path, &facts) == 0 else { return nil }
        number = UInt64(facts.st_ino)
        bytes = Int(facts.st_size)
        written = Self.nanoseconds(facts.st_mtim)
        changed = Self.nanoseconds(facts.st_ctim)
    }

    private static func nanoseconds(_ time: timespec) -> Int { time.tv_sec * 1_000_000_000 + time.tv_nsec }

    /// The same in a word.
    package var text: String {
        [Int(truncatingIfNeeded: number), bytes, written, changed].map { String($0, radix: 36) }.joined(separator: ".")
    }

    /// Nanoseconds since it was last written or changed. A file system may keep times so coarsely that what is written
    /// within a few milliseconds has the same.
    package var age: Int {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Self.nanoseconds(now) - max(written, changed)
    }
}
