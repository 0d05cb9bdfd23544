internal import CDeflate
internal import Bytes

/// Inflates whole gzip members with libdeflate. Not Sendable: one thread at a time.
final class MemberInflater {
    private let handle: OpaquePointer
    /// Room that the members so far would have needed.
    private var room = 1 << 18

    /// A member that inflates to more than this goes to zlib piece by piece, so that memory stays flat.
    static let largest = 8 << 20

    /// What became of one member.
    enum Outcome {
        case done(consumed: Int, produced: Int)
        /// The bytes are damaged, or the member does not end in them.
        case bad
        case tooLarge
    }

    /// - Throws: when there is no memory for it.
    init() throws(GzipError) {
        guard let handle = libdeflate_alloc_decompressor() else {
            throw GzipError(.io, "libdeflate could not be started: out of memory")
        }
        self.handle = handle
    }

    deinit { libdeflate_free_decompressor(handle) }

    /// Appends what the member at the beginning of `input` holds.
    func inflate(_ input: UnsafeRawBufferPointer, to output: inout ByteBuffer) -> Outcome {
        guard let start = input.baseAddress else { return .bad }
        while true {
            output.reserve(room)
            var consumed = 0
            var produced = 0
            switch libdeflate_gzip_decompress_ex(handle, start, input.count, output.end, room, &consumed, &produced) {
            case LIBDEFLATE_SUCCESS:
                output.advance(produced)
                return .done(consumed: consumed, produced: produced)
            case LIBDEFLATE_INSUFFICIENT_SPACE:
                guard room < Self.largest else { return .tooLarge }
                room = min(room * 2, Self.largest)
            default: return .bad
            }
        }
    }
}
