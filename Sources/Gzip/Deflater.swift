internal import CDeflate
internal import CZlib
public import Bytes

/// Compresses gzip members into a buffer. Not Sendable: one thread at a time.
public final class Deflater {
    private var stream = z_stream()
    private var open = false
    /// libdeflate's compressor; nil: zlib does the work.
    private let whole: UnsafeMutableRawPointer?

    /// A compressor; `level` 1 (fast) to 9 (small).
    public init(level: Int = 1, engine: GzipEngine = .fastest) {
        let level = Int32(min(9, max(1, level)))
        whole = engine == .libdeflate ? cd_new_compressor(level) : nil
        if whole == nil { open = cz_deflate_init_gzip(&stream, level) == Z_OK }
    }

    deinit {
        if open { deflateEnd(&stream) }
        if let whole { cd_free_compressor(whole) }
    }

    /// Appends one gzip member that holds `bytes`.
    public func compress(_ bytes: UnsafeRawBufferPointer, to output: inout ByteBuffer) throws(GzipError) {
        guard let whole else { return try stream(bytes, to: &output) }
        let room = cd_bound(whole, bytes.count)
        output.reserve(room)
        // libdeflate wants an address even for no bytes.
        let written =
            if let start = bytes.baseAddress {
                cd_compress(whole, start, bytes.count, output.end, room)
            } else {
                cd_compress(whole, output.end, 0, output.end, room)
            }
        guard written > 0 else { throw GzipError(.io, "libdeflate refused to compress") }
        output.advance(written)
    }

    private func stream(_ bytes: UnsafeRawBufferPointer, to output: inout ByteBuffer) throws(GzipError) {
        guard open else { throw GzipError(.io, "zlib could not be started: out of memory") }
        defer { deflateReset(&stream) }
        var rest = bytes
        repeat {
            // avail_in has 32 bits.
            let slice = UnsafeRawBufferPointer(rebasing: rest.prefix(1 << 30))
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(slice.count))
            stream.next_in = UnsafeMutablePointer(mutating: slice.bindMemory(to: UInt8.self).baseAddress)
            stream.avail_in = UInt32(slice.count)
            var status: Int32
            repeat {
                output.reserve(1 << 16)
                stream.next_out = output.end.assumingMemoryBound(to: UInt8.self)
                stream.avail_out = 1 << 16
                status = deflate(&stream, rest.isEmpty ? Z_FINISH : Z_NO_FLUSH)
                output.advance((1 << 16) - Int(stream.avail_out))
                guard status != Z_STREAM_ERROR else { throw GzipError(.io, "zlib refused to compress") }
            } while stream.avail_out == 0 || (rest.isEmpty && status != Z_STREAM_END)
        } while !rest.isEmpty
    }
}
