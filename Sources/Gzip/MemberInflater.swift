internal import CDeflate
internal import Bytes

/// Inflates whole gzip members with libdeflate. Not Sendable: one thread at a time.
final class MemberInflater {
    private let handle: UnsafeMutableRawPointer
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

    /// nil when this build has no libdeflate.
    init?() {
        guard let handle = cd_new_decompressor() else { return nil }
        self.handle = handle
    }

    deinit { cd_free_decompressor(handle) }

    /// Appends what the member at the beginning of `input` holds.
    func inflate(_ input: UnsafeRawBufferPointer, to output: inout ByteBuffer) -> Outcome {
        guard let start = input.baseAddress else { return .bad }
        while true {
            output.reserve(room)
            var consumed = 0
            var produced = 0
            switch Int(cd_decompress(handle, start, input.count, output.end, room, &consumed, &produced)) {
            case Int(CD_DONE):
                output.advance(produced)
                return .done(consumed: consumed, produced: produced)
            case Int(CD_NO_ROOM):
                guard room < Self.largest else { return .tooLarge }
                room = min(room * 2, Self.largest)
            default: return .bad
            }
        }
    }
}
