internal import CZlib
public import Bytes

/// Compresses gzip members into a buffer. Not Sendable: one thread at a time.
public final class Deflater {
    private var stream = z_stream()
    private var open = false

    /// A compressor; `level` 1 (fast) to 9 (small).
    public init(level: Int = 1) {
        open = cz_deflate_init_gzip(&stream, Int32(min(9, max(1, level)))) == Z_OK
    }

    deinit { if open { deflateEnd(&stream) } }

    /// Adds bytes to the current member; compressed bytes are appended to `output`.
    public func write(_ bytes: UnsafeRawBufferPointer, to output: inout ByteBuffer) throws(GzipError) {
        try run(bytes, flush: Z_NO_FLUSH, &output)
    }

    /// Ends the current member, so that all before is readable; the next write begins a new one.
    public func finish(to output: inout ByteBuffer) throws(GzipError) {
        try run(UnsafeRawBufferPointer(start: nil, count: 0), flush: Z_FINISH, &output)
        deflateReset(&stream)
    }

    private func run(_ bytes: UnsafeRawBufferPointer, flush: Int32, _ output: inout ByteBuffer) throws(GzipError) {
        guard open else { throw GzipError(.io, "zlib could not be started: out of memory") }
        var rest = bytes
        repeat {
            // avail_in has 32 bits.
            let slice = UnsafeRawBufferPointer(rebasing: rest.prefix(1 << 30))
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(slice.count))
            let last = rest.isEmpty
            stream.next_in = UnsafeMutablePointer(mutating: slice.bindMemory(to: UInt8.self).baseAddress)
            stream.avail_in = UInt32(slice.count)
            var status: Int32
            repeat {
                output.reserve(1 << 16)
                stream.next_out = output.end.assumingMemoryBound(to: UInt8.self)
                stream.avail_out = 1 << 16
                status = deflate(&stream, last ? flush : Z_NO_FLUSH)
                output.advance((1 << 16) - Int(stream.avail_out))
                guard status != Z_STREAM_ERROR else { throw GzipError(.io, "zlib refused to compress") }
            } while stream.avail_out == 0 || (last && flush == Z_FINISH && status != Z_STREAM_END)
        } while !rest.isEmpty
    }
}
