internal import Bytes

/// A gzip member that fits into memory.
public enum GzipMember {
    /// Bytes that a member may inflate to.
    public static let largest = MemberInflater.largest

    /// The content of one member; nil when it is damaged, longer than `largest`, or not all of `bytes`.
    /// - Throws: when there is no memory for it.
    public static func inflate(_ bytes: UnsafeRawBufferPointer) throws(GzipError) -> [UInt8]? {
        var content = ByteBuffer()
        guard case .done(let consumed, _) = try MemberInflater().inflate(bytes, to: &content), consumed == bytes.count
        else { return nil }
        return content.array()
    }
}
