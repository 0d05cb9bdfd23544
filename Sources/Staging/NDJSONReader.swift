#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif
internal import Bytes
internal import Gzip

/// The lines of one part. Not Sendable: one thread at a time.
public final class NDJSONReader {
    private let reader: GzipReader
    private let path: String
    private var buffer: ByteBuffer
    private let chunk: Int
    private var position = 0
    private var ended = false
    /// Whether the last line given ended with a line feed.
    public private(set) var isTerminated = true
    /// Lines given so far.
    public private(set) var line = 0

    /// A line longer than this is refused, so that a damaged file cannot exhaust the memory.
    static let longestLine = 512 << 20
    /// Bytes that are read at a time.
    private static let chunk = 1 << 18

    /// Opens the committed bytes of a part.
    public convenience init(_ file: PartFile) throws(StagingError) { try self.init(path: file.path, bytes: file.bytes) }

    /// Opens a gzip file.
    /// - Parameters:
    ///   - bytes: compressed bytes that count; nil: all.
    ///   - allowsPlain: read a file that is not compressed, too.
    ///   - isSmall: most such files are small: the memory for a part would cost more than to read them.
    public init(
        path: String, bytes: Int? = nil, allowsPlain: Bool = false, isSmall: Bool = false
    ) throws(StagingError) {
        self.path = path
        chunk = isSmall ? Self.chunk >> 4 : Self.chunk
        buffer = ByteBuffer(capacity: 2 * chunk)
        do {
            reader = try GzipReader(
                path: path, limit: bytes, name: PartFile.shown(path), allowsPlain: allowsPlain)
        } catch {
            throw Self.translate(error, path)
        }
        if let bytes, let size = try Files.size(path), size < bytes {
            throw StagingError(
                .corrupt,
                "\(PartFile.shown(path)): has \(size) bytes where its manifest counts \(bytes); "
                    + StagingAdvice.again(path))
        }
    }

    /// The next line without its line feed; nil at the end.
    ///
    /// Valid until the next call; `ByteBuffer.padding` bytes after it are readable.
    public func next() throws(StagingError) -> UnsafeRawBufferPointer? {
        var searched = position
        while true {
            let bytes = buffer.bytes
            if let base = bytes.baseAddress, searched < bytes.count,
                let found = memchr(base + searched, 10, bytes.count - searched)
            {
                let end = base.distance(to: UnsafeRawPointer(found))
                defer { position = end + 1 }
                line += 1
                return UnsafeRawBufferPointer(rebasing: bytes[position..<end])
            }
            if ended {
                guard position < bytes.count else { return nil }
                // A last line without its line feed: files from an editor may end like this.
                defer { position = bytes.count }
                isTerminated = false
                line += 1
                return UnsafeRawBufferPointer(rebasing: bytes[position...])
            }
            buffer.removeFirst(position)
            position = 0
            searched = buffer.count
            guard buffer.count < Self.longestLine else {
                throw StagingError(
                    .corrupt, "\(PartFile.shown(path)): line \(line + 1) is longer than 512 MB; this is no NDJSON file")
            }
            do {
                if try reader.read(into: &buffer, room: chunk) == 0 { ended = true }
            } catch {
                throw Self.translate(error, path)
            }
        }
    }

    private static func translate(_ error: GzipError, _ path: String) -> StagingError {
        switch error.code {
        case .io where (try? Files.exists(path)) != false: StagingError(.io, error.description)
        case .io: StagingError(.io, "\(error.description); \(StagingAdvice.again(path))")
        case .corrupt, .truncated: StagingError(.corrupt, "\(error.description); \(StagingAdvice.again(path))")
        }
    }
}
