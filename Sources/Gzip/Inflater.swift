internal import CZlib

/// Inflates a sequence of gzip members with zlib, in steps of any size. Not Sendable: one thread at a time.
final class Inflater {
    private var stream = z_stream()
    private var open = false
    private var insideMember = false

    /// An inflater at the beginning of a first member.
    init() {
        open = cz_inflate_init_gzip(&stream) == Z_OK
    }

    deinit { if open { inflateEnd(&stream) } }

    /// Whether the input so far ends where a member ends.
    var isAtMemberEnd: Bool { !insideMember }

    /// Inflates from `input` until it is used up, `room` bytes were written at `output`, or a member ended.
    /// - Returns: bytes consumed and bytes produced.
    func inflate(
        _ input: UnsafeRawBufferPointer, to output: UnsafeMutableRawPointer, room: Int
    ) throws(GzipError) -> (consumed: Int, produced: Int) {
        guard open else { throw GzipError(.io, "zlib could not be started: out of memory") }
        stream.next_in = UnsafeMutablePointer(mutating: input.bindMemory(to: UInt8.self).baseAddress)
        stream.avail_in = UInt32(min(input.count, 1 << 30))
        stream.next_out = output.assumingMemoryBound(to: UInt8.self)
        stream.avail_out = UInt32(min(room, 1 << 30))
        let given = Int(stream.avail_in)
        let free = Int(stream.avail_out)
        insideMember = true
        var status = Z_OK
        while stream.avail_in > 0 && stream.avail_out > 0 && status == Z_OK {
            status = CZlib.inflate(&stream, Z_NO_FLUSH)
        }
        switch status {
        case Z_STREAM_END:
            insideMember = false
            inflateReset(&stream)
        case Z_OK, Z_BUF_ERROR: break
        default: throw GzipError(.corrupt, "the compressed data is damaged")
        }
        // zlib may hold output back although the input is used up; the caller comes again with room.
        return (given - Int(stream.avail_in), free - Int(stream.avail_out))
    }
}
