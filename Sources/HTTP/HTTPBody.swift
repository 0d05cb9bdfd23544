internal import Bytes

/// A body in one contiguous buffer, with `ByteBuffer.padding` readable bytes behind it, so that a JSON parser can work in place.
public final class HTTPBody: Sendable {
    private let buffer: ByteBuffer

    init(_ buffer: consuming ByteBuffer) { self.buffer = buffer }

    /// Bytes of the body.
    public var count: Int { buffer.count }

    /// Hands out the bytes, which are valid inside the call only.
    public func withUnsafeBytes<T, E>(_ body: (UnsafeRawBufferPointer) throws(E) -> T) throws(E) -> T {
        try body(buffer.bytes)
    }

    /// The body as text; what is no UTF-8 becomes U+FFFD.
    public var text: String { buffer.text() }
}
