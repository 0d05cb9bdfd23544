/// The committed bytes of one part on disk.
public struct PartFile: Sendable, Equatable {
    /// Where it is. Of a clean or flagged part the generation's own folder, which stays while it is being read.
    public let path: String
    /// Compressed bytes that count; bytes after them are ignored.
    public let bytes: Int
    /// CRC-32 of these bytes.
    public let crc: UInt32
    /// Lines.
    public let records: Int

    /// Makes one from its values.
    public init(path: String, bytes: Int, crc: UInt32, records: Int) {
        self.path = path
        self.bytes = bytes
        self.crc = crc
        self.records = records
    }

    /// Whether there are as many bytes as were committed.
    public var isWhole: Bool { get throws(StagingError) { try Files.size(path) ?? -1 >= bytes } }

    /// The command that makes it again.
    public var remedy: String { StagingAdvice.again(path) }

    /// Where people find it: the path through `clean/ENTITY` or `flagged/ENTITY`, for messages.
    public var shownPath: String { Self.shown(path) }

    static func shown(_ path: String) -> String {
        guard let start = path.firstRange(of: "/.generations/") else { return path }
        // …/PHASE/.generations/ENTITY-0002/clean/ENTITY/00001.ndjson.gz
        let rest = path[start.upperBound...]
        guard let slash = rest.firstIndex(of: "/") else { return path }
        return String(path[..<start.lowerBound] + rest[slash...])
    }
}
