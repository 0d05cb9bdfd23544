internal import Bytes
internal import Gzip

/// Writes the lines of one part under a temporary name. Not Sendable: one thread at a time.
public final class NDJSONWriter {
    private let file: AppendFile
    private let path: String
    private let deflater: Deflater
    private var output = ByteBuffer(capacity: 1 << 17)
    private var crc: UInt32 = 0
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
        do { try deflater.write(bytes, to: &output) } catch { throw StagingError(.io, "\(path): \(error.description)") }
        records += lines
        if output.count >= 1 << 16 { try flush() }
    }

    /// Ends the part, makes it durable and puts it in place; nil when no line was written, and then there is no file.
    public func finish() throws(StagingError) -> PartFile? {
        guard records > 0 else {
            try Files.remove(path + ".tmp")
            return nil
        }
        do { try deflater.finish(to: &output) } catch { throw StagingError(.io, "\(path): \(error.description)") }
        try flush()
        try file.synchronize()
        try Files.rename(path + ".tmp", to: path)
        return PartFile(path: path, bytes: file.size, crc: crc, records: records)
    }

    private func flush() throws(StagingError) {
        crc = crc32(output.bytes, seed: crc)
        try file.append(output.bytes)
        output.removeAll()
    }
}
