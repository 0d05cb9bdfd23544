internal import Bytes
internal import Gzip

/// Writes the lines of one part under a temporary name, a gzip member for every 256 KB. Not Sendable: one thread at a
/// time.
public final class NDJSONWriter {
    private let file: AppendFile
    private let path: String
    private let deflater: Deflater
    private var output = ByteBuffer(capacity: 1 << 17)
    /// Lines that are still too few for a gzip member.
    private var pending = ByteBuffer()
    private var crc: UInt32 = 0
    /// Bytes of lines in a member, about: small enough to inflate at once in the processor's cache.
    public static let member = 1 << 18
    /// Lines so far.
    public private(set) var records = 0

    /// Begins a part that will be at `path` once it is finished.
    public init(path: String, level: Int = 1) throws(StagingError) {
        self.path = path
        file = try AppendFile(path + ".tmp", truncate: true)
        deflater = Deflater(level: level)
    }

    /// Adds whole lines, each ended by a line feed.
    public func write(_ bytes: UnsafeRawBufferPointer, lines: Int) throws(StagingError) {
        records += lines
        if pending.isEmpty, bytes.count >= Self.member { return try compress(bytes) }
        pending.append(bytes)
        if pending.count >= Self.member { try compressPending() }
    }

    /// Ends the part, makes it durable and puts it in place; nil when no line was written, and then there is no file.
    public func finish() throws(StagingError) -> PartFile? {
        guard records > 0 else {
            try Files.remove(path + ".tmp")
            return nil
        }
        if !pending.isEmpty { try compressPending() }
        try file.synchronize()
        try Files.rename(path + ".tmp", to: path)
        return PartFile(path: path, bytes: file.size, crc: crc, records: records)
    }

    private func compressPending() throws(StagingError) {
        try compress(pending.bytes)
        pending.removeAll()
    }

    private func compress(_ bytes: UnsafeRawBufferPointer) throws(StagingError) {
        do { try deflater.compress(bytes, to: &output) } catch {
            throw StagingError(.io, "\(path): \(error.description)")
        }
        crc = crc32(output.bytes, seed: crc)
        try file.append(output.bytes)
        output.removeAll()
    }
}
