internal import CSimdjson

/// Finds bytes in bytes, before anything is parsed.
public enum ByteSearch {
    /// The first position of `needle`; nil when it does not occur.
    public static func first(_ needle: [UInt8], in bytes: UnsafeRawBufferPointer) -> Int? {
        guard let base = bytes.baseAddress else { return nil }
        let found = needle.withUnsafeBytes { csj_find(base, bytes.count, $0.baseAddress, $0.count) }
        return found >= 0 ? found : nil
    }

    /// Whether `part` is in `text`, whatever the case of ASCII letters.
    public static func contains(_ part: UnsafeRawBufferPointer, in text: UnsafeRawBufferPointer) -> Bool {
        func lower(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }
        guard !part.isEmpty else { return true }
        return text.map(lower).withUnsafeBytes { first(part.map(lower), in: $0) != nil }
    }
}
