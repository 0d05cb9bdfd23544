internal import CZlib
internal import Bytes

/// The CRC-32 (as in gzip) of bytes that follow those of `seed`.
public func crc32(_ bytes: UnsafeRawBufferPointer, seed: UInt32 = 0) -> UInt32 {
    var sum = UInt(seed)
    var rest = bytes
    while !rest.isEmpty {
        let slice = rest.prefix(1 << 30)
        sum = UInt(
            CZlib.crc32(
                sum, UnsafeRawBufferPointer(rebasing: slice).bindMemory(to: UInt8.self).baseAddress, UInt32(slice.count)
            ))
        rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(slice.count))
    }
    return UInt32(truncatingIfNeeded: sum)
}

/// One gzip member holding `bytes`.
public func gzipCompress(_ bytes: UnsafeRawBufferPointer, level: Int = 1) throws(GzipError) -> [UInt8] {
    var output = ByteBuffer(capacity: bytes.count / 3 + 1024)
    try Deflater(level: level).compress(bytes, to: &output)
    return output.array()
}
