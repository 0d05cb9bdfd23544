internal import Bytes

/// A body in one contiguous buffer, with `ByteBuffer.padding` readable bytes after it, so that a JSON parser can work in place.
public final class HTTPBody: Sendable {
    private let buffer: ByteBuffer
    /// Bytes of the mark in front.
    private let mark: Int

    /// UTF-8's byte order mark is no part of a text; some servers write it all the same.
    init(_ buffer: consuming ByteBuffer) {
        mark = buffer.bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
        self.buffer = buffer
    }

    /// Bytes of the body, without a byte order mark.
    public var count: Int { buffer.count - mark }

    /// Hands out the bytes, without a byte order mark; they are valid inside the call only.
    public func withUnsafeBytes<T, E>(_ body: (UnsafeRawBufferPointer) throws(E) -> T) throws(E) -> T {
        try body(UnsafeRawBufferPointer(rebasing: buffer.bytes.dropFirst(mark)))
    }

    /// Every byte that came, a byte order mark included: for files, which must stay as they are.
    public var wholeBytes: [UInt8] { Array(buffer.bytes) }

    /// The body as text; what is no UTF-8 becomes U+FFFD.
    public var text: String { withUnsafeBytes { String(decoding: $0, as: UTF8.self) } }
}
