internal import CDeflate
public import Bytes

/// Compresses gzip members into a buffer with libdeflate. Not Sendable: one thread at a time.
public final class Deflater {
    /// nil: there was no memory for it.
    private let compressor: OpaquePointer?

    /// A compressor; `level` 1 (fast) to 9 (small).
    public init(level: Int = 1) { compressor = libdeflate_alloc_compressor(Int32(min(9, max(1, level)))) }

    deinit { if let compressor { libdeflate_free_compressor(compressor) } }

    /// Appends one gzip member that holds `bytes`.
    public func compress(_ bytes: UnsafeRawBufferPointer, to output: inout ByteBuffer) throws(GzipError) {
        guard let compressor else { throw GzipError(.io, "libdeflate could not be started: out of memory") }
        let room = libdeflate_gzip_compress_bound(compressor, bytes.count)
        output.reserve(room)
        // libdeflate needs an address even for no bytes.
        let start = bytes.baseAddress ?? UnsafeRawPointer(output.end)
        let written = libdeflate_gzip_compress(compressor, start, bytes.count, output.end, room)
        guard written > 0 else { throw GzipError(.io, "libdeflate refused to compress") }
        output.advance(written)
    }
}
