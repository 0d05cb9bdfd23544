internal import Glibc

/// What tells whether anything wrote to a database since it was looked at: the file and its write-ahead log.
public struct DatabaseStamp: Codable, Sendable, Equatable {
    private let file: FileIdentity
    /// nil: there is none, or it is empty.
    private let log: FileIdentity?
    /// The begin of the file, in hexadecimal: its size in pages, and the counters of changes to content and schema.
    private let header: String

    private static let headerBytes = 100

    /// nil: there is no database, or it cannot be read.
    public init?(_ path: String) {
        guard let file = FileIdentity(path), let header = Self.header(path) else { return nil }
        self.file = file
        self.header = header
        log = FileIdentity(path + "-wal").flatMap { $0.bytes == 0 ? nil : $0 }
    }

    /// The same once times of files tell it from any later change: they may be coarse. Waits a twentieth of a second at most.
    public static func settled(_ path: String) -> DatabaseStamp? {
        let coarse = 50_000_000
        guard let stamp = DatabaseStamp(path) else { return nil }
        let age = min(stamp.file.age, stamp.log?.age ?? .max)
        guard age < coarse else { return stamp }
        usleep(UInt32(min(coarse, coarse - max(0, age)) / 1000))
        return DatabaseStamp(path)
    }

    private static func header(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: headerBytes)
        let count = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, 0) }
        guard count == headerBytes else { return nil }
        return bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

/// What one load did to a database that nothing else wrote to meanwhile.
public struct LoadSpan: Sendable, Equatable {
    /// The database before its first change.
    public let before: DatabaseStamp
    /// The database after its last one.
    public let after: DatabaseStamp
    /// The tables whose rows, flags or indexes it changed.
    public let tables: Set<String>

    /// A span from its values.
    package init(before: DatabaseStamp, after: DatabaseStamp, tables: Set<String>) {
        self.before = before
        self.after = after
        self.tables = tables
    }
}
