internal import Bytes
internal import CDeflate

/// Inflates a body that came whole, with libdeflate: twice as fast as piece by piece with zlib. Not Sendable: it lives on the
/// client's thread.
final class BodyInflater {
    private let handle: OpaquePointer

    /// nil when there is no memory for it.
    init?() {
        guard let handle = libdeflate_alloc_decompressor() else { return nil }
        self.handle = handle
    }

    deinit { libdeflate_free_decompressor(handle) }

    enum Failure: Error {
        /// No gzip, damaged, or cut off.
        case damaged
        /// More than the client takes.
        case tooLarge
    }

    /// What the gzip members of `body` hold.
    func inflate(_ body: UnsafeRawBufferPointer, maximumBytes: Int) throws(Failure) -> ByteBuffer {
        let largest = max(1, maximumBytes)
        // The last four bytes of a member say its size; they may lie, and deflate shrinks by no more than 1032.
        let hint =
            body.count >= 18
            ? Int(UInt32(littleEndian: body.loadUnaligned(fromByteOffset: body.count - 4, as: UInt32.self))) : 0
        var room = min(max(hint, 1 << 10), largest, body.count * 1032)
        var output = ByteBuffer(capacity: room)
        var taken = 0
        repeat {
            let rest = UnsafeRawBufferPointer(rebasing: body.dropFirst(taken))
            guard let start = rest.baseAddress else { throw .damaged }
            room = min(room, largest - output.count)
            output.reserve(room)
            var consumed = 0
            var produced = 0
            switch libdeflate_gzip_decompress_ex(handle, start, rest.count, output.end, room, &consumed, &produced) {
            case LIBDEFLATE_SUCCESS:
                output.advance(produced)
                taken += consumed
            case LIBDEFLATE_INSUFFICIENT_SPACE:
                guard room < largest - output.count else { throw .tooLarge }
                room = min(max(room, 1 << 10) * 2, largest)
            default: throw .damaged
            }
        } while taken < body.count
        return output
    }
}
