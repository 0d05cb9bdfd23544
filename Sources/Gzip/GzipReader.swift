#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif
public import Bytes

/// Reads the inflated bytes of a gzip file, or of its first `limit` bytes. Not Sendable: one thread at a time.
///
/// libdeflate inflates members that fit into memory, whole. Larger ones go to zlib piece by piece, and so do damaged ones,
/// because zlib says what is wrong.
public final class GzipReader {
    private let path: String
    private let descriptor: Int32
    private let inflater = Inflater()
    private let members: MemberInflater
    /// Compressed bytes that may still be read.
    private var left: Int
    private var input: ByteBuffer
    private var taken = 0
    private var isPlain = false
    /// Compressed bytes that are held at a time; grows when a member does not fit.
    private var window: Int

    private static let smallestWindow = 1 << 18
    private static let largestWindow = 4 << 20

    /// Opens a file.
    /// - Parameters:
    ///   - limit: compressed bytes to read; bytes after them are ignored. nil: the whole file.
    ///   - name: what messages call the file; nil: its path.
    ///   - allowsPlain: hand a file that does not begin like gzip on as it is.
    public init(
        path: String, limit: Int? = nil, name: String? = nil, allowsPlain: Bool = false
    ) throws(GzipError) {
        self.path = name ?? path
        members = try MemberInflater()
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        left = limit ?? Int.max
        // A part fits whole, so that no member is cut at a window's end and tried twice.
        window = limit.map { min(max($0, Self.smallestWindow), Self.largestWindow / 2) } ?? Self.smallestWindow
        input = ByteBuffer(capacity: window)
        guard descriptor >= 0 else {
            throw GzipError(.io, "\(path): cannot be opened: \(String(cString: strerror(errno)))")
        }
        guard allowsPlain else { return }
        // A pipe may give one byte at a time.
        while input.count < 2, try fill() > 0 {}
        isPlain = !(input.count >= 2 && input.bytes[0] == 0x1F && input.bytes[1] == 0x8B)
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Appends inflated bytes to `output`: up to `room`, or a whole member (8 MB at most); 0 at the end.
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
            if inflater.isAtMemberEnd, let produced = try member(&output) {
                if produced > 0 { return produced }
                continue
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

    /// Inflates the member at this place whole; nil when zlib must do it.
    private func member(_ output: inout ByteBuffer) throws(GzipError) -> Int? {
        while true {
            switch members.inflate(UnsafeRawBufferPointer(rebasing: input.bytes.dropFirst(taken)), to: &output) {
            case .done(let consumed, let produced):
                taken += consumed
                return produced
            case .tooLarge: return nil
            case .bad:
                // It may continue after the window.
                if taken == 0, input.count >= window {
                    guard window < Self.largestWindow else { return nil }
                    window *= 2
                }
                if try fill() == 0 { return nil }
            }
        }
    }

    /// Reads on until the window is full, keeping what is not taken yet; 0 at the end.
    private func fill() throws(GzipError) -> Int {
        input.removeFirst(taken)
        taken = 0
        var total = 0
        while input.count < window, left > 0 {
            input.reserve(window - input.count)
            var got = 0
            repeat {
                got = Glibc.read(descriptor, input.end, min(window - input.count, left))
            } while got < 0 && errno == EINTR
            guard got >= 0 else { throw GzipError(.io, "\(path): cannot be read: \(String(cString: strerror(errno)))") }
            if got == 0 { break }
            input.advance(got)
            left -= got
            total += got
        }
        return total
    }
}
