internal import CSimdjson

/// Finds bytes in bytes, before anything is parsed.
public enum ByteSearch {
    /// Where `needle` stands first; nil when it stands nowhere.
    public static func first(_ needle: [UInt8], in bytes: UnsafeRawBufferPointer) -> Int? {
        guard let base = bytes.baseAddress else { return nil }
        let found = needle.withUnsafeBytes { csj_find(base, bytes.count, $0.baseAddress, $0.count) }
        return found >= 0 ? found : nil
    }
}
