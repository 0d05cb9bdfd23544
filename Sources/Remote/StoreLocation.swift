public import HTTP

/// Where the staged files of all firms are in an object store.
public struct StoreLocation: Sendable, Equatable {
    /// The bucket.
    public let bucket: String
    /// What all keys begin with: empty, or it ends with a slash.
    public let prefix: String
    /// The region that requests are signed for.
    public let region: String
    /// The store's address without a path; nil: Amazon's for the region.
    public let endpoint: WebAddress?

    /// Reads `s3://BUCKET` or `s3://BUCKET/PREFIX`; nil when it is neither.
    public init?(_ text: String, endpoint: WebAddress? = nil, region: String = "us-east-1") {
        guard text.hasPrefix("s3://") else { return nil }
        let pieces = text.dropFirst(5).split(separator: "/", omittingEmptySubsequences: true).map(String.init)
        guard let bucket = pieces.first, (3...63).contains(bucket.utf8.count), bucket.utf8.allSatisfy(Self.isInBucket),
            pieces.dropFirst().allSatisfy({ $0 != "." && $0 != ".." && $0.utf8.allSatisfy(Self.isUnreserved) })
        else { return nil }
        self.bucket = bucket
        prefix = pieces.dropFirst().map { $0 + "/" }.joined()
        self.region = region
        self.endpoint = endpoint
    }

    /// As it is written in the settings.
    public var text: String { "s3://\(bucket)/\(prefix)" }

    /// The address of an object, or of the bucket.
    /// - Parameters:
    ///   - key: the object's whole key; empty: the bucket.
    ///   - query: names and values; they are sorted, since the signature needs that.
    func address(key: String, query: [(String, String)] = []) -> WebAddress? {
        let path = key.split(separator: "/", omittingEmptySubsequences: false).map { Self.encoded(String($0)) }
        let text = query.sorted { $0.0 < $1.0 }.map { "\(Self.encoded($0.0))=\(Self.encoded($0.1))" }
        let tail = "/" + path.joined(separator: "/") + (text.isEmpty ? "" : "?" + text.joined(separator: "&"))
        if let endpoint { return WebAddress("\(endpoint.origin)/\(bucket)\(tail)") }
        // A dot in a bucket's name would not match the certificate.
        let host = "s3.\(region).amazonaws.com"
        return WebAddress(
            bucket.contains(".") ? "https://\(host)/\(bucket)\(tail)" : "https://\(bucket).\(host)\(tail)")
    }

    private static func isInBucket(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
            UInt8(ascii: "."):
            true
        default: false
        }
    }

    /// What a URL holds as it is.
    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }

    /// Percent-encoded as the signature wants it: capital digits, and everything that is not unreserved.
    static func encoded(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            if isUnreserved(byte) {
                result.unicodeScalars.append(Unicode.Scalar(byte))
            } else {
                result += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return result
    }

    /// The text that `encoded` made; nil when it is none.
    static func decoded(_ text: String) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
                continue
            }
            guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else {
                return nil
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
