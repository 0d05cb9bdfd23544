/// Writes query strings and forms.
enum QueryString {
    /// Name and value of each parameter, encoded; what Clio's own documents write plainly, `order=id(asc)` and commas,
    /// stays plain.
    static func query(_ parameters: [(String, String)]) -> String {
        parameters.map { encode($0.0, plain: "(),:") + "=" + encode($0.1, plain: "(),:") }.joined(separator: "&")
    }

    /// A form body, everything encoded.
    static func form(_ parameters: [(String, String)]) -> String {
        parameters.map { encode($0.0, plain: "") + "=" + encode($0.1, plain: "") }.joined(separator: "&")
    }

    private static func encode(_ text: String, plain: String) -> String {
        let hex = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                bytes.append(byte)
            case _ where plain.utf8.contains(byte): bytes.append(byte)
            default: bytes += [UInt8(ascii: "%"), hex[Int(byte >> 4)], hex[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
