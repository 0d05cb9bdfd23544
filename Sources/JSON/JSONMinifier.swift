internal import CSimdjson
public import Bytes

/// Drops the white space between tokens; no value is re-written.
public enum JSONMinifier {
    /// Appends `json` without the white space between its tokens. The text must have parsed as JSON before.
    public static func minify(_ json: UnsafeRawBufferPointer, into output: inout ByteBuffer) throws(JSONError) {
        guard let start = json.baseAddress?.assumingMemoryBound(to: CChar.self) else { return }
        // simdjson writes whole blocks.
        output.reserve(json.count + ByteBuffer.padding)
        var written = 0
        let code = csj_minify(start, json.count, output.end.assumingMemoryBound(to: CChar.self), &written)
        guard code == 0 else { throw JSONError(offset: 0, message: String(cString: csj_error_message(code))) }
        output.advance(written)
    }

    /// Whether the bytes are UTF-8.
    public static func isUTF8(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let start = bytes.baseAddress?.assumingMemoryBound(to: CChar.self) else { return true }
        return csj_is_utf8(start, bytes.count) != 0
    }
}
