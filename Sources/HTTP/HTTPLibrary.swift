internal import CCurl

/// The libcurl that this process was linked with.
public enum HTTPLibrary {
    /// libcurl's own words: `libcurl/7.88.1 OpenSSL/3.0.15 zlib/1.2.13 nghttp2/1.52.0`.
    public static var description: String { String(cString: curl_version()) }

    /// The library that does TLS, `OpenSSL/3.0.15`; nil when there is none.
    public static var tls: String? {
        guard let name = ccurl_tls() else { return nil }
        let text = String(cString: name)
        return text.isEmpty ? nil : text
    }
}
