internal import CCurl

/// Looks at the certificate of a server that was refused: libcurl keeps nothing of it.
enum CertificateProbe {
    /// Seconds that it may take.
    private static let timeout = 5

    /// Who issued the server's certificate, as the certificate says; nil when it does not come. Opens its own connection,
    /// sends nothing over it, and trusts nothing of it.
    static func issuer(of address: WebAddress, _ configuration: HTTPConfiguration) -> String? {
        guard let handle = curl_easy_init() else { return nil }
        defer { curl_easy_cleanup(handle) }
        var codes = [ccurl_set_string(handle, CURLOPT_URL, address.url)]
        for (option, value) in [
            (CURLOPT_CONNECT_ONLY, 1), (CURLOPT_CERTINFO, 1), (CURLOPT_SSL_VERIFYPEER, 0), (CURLOPT_SSL_VERIFYHOST, 0),
            (CURLOPT_NOSIGNAL, 1), (CURLOPT_TIMEOUT, timeout),
        ] {
            codes.append(ccurl_set_long(handle, option, value))
        }
        codes.append(ccurl_set_string(handle, CURLOPT_PROXY, configuration.network.proxy(for: address)?.value ?? ""))
        codes.append(ccurl_set_string(handle, CURLOPT_NOPROXY, configuration.network.noProxy ?? ""))
        guard codes.allSatisfy({ $0 == CURLE_OK }), curl_easy_perform(handle) == CURLE_OK else { return nil }
        var line = ccurl_first_certificate(handle)
        while let entry = line {
            if let text = entry.pointee.data.map({ String(cString: $0) }), text.hasPrefix("Issuer:") {
                return shown(text.dropFirst("Issuer:".count))
            }
            line = UnsafePointer(entry.pointee.next)
        }
        return nil
    }

    /// Text from an untrusted certificate, on one line.
    private static func shown(_ text: Substring) -> String {
        String(text.unicodeScalars.prefix(200).map { $0.properties.generalCategory == .control ? " " : Character($0) })
    }
}
