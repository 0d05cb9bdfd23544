#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif
public import Bytes

/// Reads the inflated bytes of a gzip file, or of its first `limit` bytes. Not Sendable: one thread at a time.
public final class GzipReader {
    private let path: String
    private let descriptor: Int32
    private let inflater = Inflater()
    private var left: Int
    private var input = ByteBuffer(capacity: 1 << 18)
    private var taken = 0
    private var isPlain = false

    /// Opens a file.
    /// - Parameters:
    ///   - limit: compressed bytes to read; bytes behind them do not exist. nil: the whole file.
    ///   - name: what messages call the file; nil: its path.
    ///   - allowsPlain: hand a file that does not begin like gzip on as it is.
    public init(path: String, limit: Int? = nil, name: String? = nil, allowsPlain: Bool = false) throws(GzipError) {
        self.path = name ?? path
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        left = limit ?? Int.max
        guard descriptor >= 0 else {
            throw GzipError(.io, "\(path): cannot be opened: \(String(cString: strerror(errno)))")
        }
        guard allowsPlain, try fill() > 0 else { return }
        isPlain = !(input.count >= 2 && input.bytes[0] == 0x1F && input.bytes[1] == 0x8B)
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Appends up to `room` inflated bytes to `output`; 0 at the end.
    public func read(into output: inout ByteBuffer, room: Int) throws(GzipError) -> Int {
        output.reserve(room)
        while true {
            if taken == input.count {
                let got = try fill()
                if got == 0 {
                    // A full output can hide bytes that zlib still holds; at a member's end there are none.
                    if inflater.isAtMemberEnd { return 0 }
                    throw GzipError(.truncated, "\(path): ends in the middle of a compressed page")
                }
            }
            if isPlain {
                let count = min(room, input.count - taken)
                output.append(UnsafeRawBufferPointer(rebasing: input.bytes[taken..<taken + count]))
                taken += count
                return count
            }
            let step: (consumed: Int, produced: Int)
            do {
                step = try inflater.inflate(
                    UnsafeRawBufferPointer(rebasing: input.bytes.dropFirst(taken)), to: output.end, room: room)
            } catch {
                throw GzipError(error.code, "\(path): \(error.description)")
            }
            taken += step.consumed
            if step.produced > 0 {
                output.advance(step.produced)
                return step.produced
            }
            if step.consumed == 0 { throw GzipError(.corrupt, "\(path): the compressed data is damaged") }
        }
    }

    private func fill() throws(GzipError) -> Int {
        input.removeAll()
        taken = 0
        input.reserve(1 << 18)
        let wanted = min(1 << 18, left)
        guard wanted > 0 else { return 0 }
        var got = 0
        repeat { got = Glibc.read(descriptor, input.end, wanted) } while got < 0 && errno == EINTR
        guard got >= 0 else { throw GzipError(.io, "\(path): cannot be read: \(String(cString: strerror(errno)))") }
        input.advance(got)
        left -= got
        return got
    }
}
