internal import Bytes
internal import CCurl
internal import Foundation

/// One exchange and its curl handle, on the client's thread.
final class Transfer {
    let handle: UnsafeMutableRawPointer
    private let pending: PendingTransfer
    private let configuration: HTTPConfiguration
    private var headerList: UnsafeMutablePointer<curl_slist>?
    private var headers = HTTPHeaders()
    private var body = ByteBuffer(capacity: 1 << 16)
    private var isTooLarge = false

    private let inflater: BodyInflater

    /// nil when the request cannot be expressed, such as a header with a line break in it.
    init?(_ pending: PendingTransfer, _ configuration: HTTPConfiguration, _ inflater: BodyInflater) {
        self.inflater = inflater
        guard let handle = curl_easy_init() else { return nil }
        self.handle = handle
        self.pending = pending
        self.configuration = configuration
        guard setUp() else { return nil }
    }

    deinit {
        curl_easy_cleanup(handle)
        curl_slist_free_all(headerList)
    }

    private func setUp() -> Bool {
        let request = pending.request
        var isFine = true
        func set(_ option: CURLoption, _ value: Int) {
            isFine = ccurl_set_long(handle, option, value) == CURLE_OK && isFine
        }
        func set(_ option: CURLoption, _ value: String) {
            isFine = ccurl_set_string(handle, option, value) == CURLE_OK && isFine
        }
        set(CURLOPT_URL, request.address.url)
        set(CURLOPT_PROTOCOLS_STR, "http,https")
        set(CURLOPT_FOLLOWLOCATION, 0)
        set(CURLOPT_SSL_VERIFYPEER, 1)
        set(CURLOPT_SSL_VERIFYHOST, 2)
        if let file = configuration.trustedCertificates { set(CURLOPT_CAINFO, file) }
        // Signals and threads do not mix: without it, a name look-up may raise SIGALRM.
        set(CURLOPT_NOSIGNAL, 1)
        set(CURLOPT_TCP_KEEPALIVE, 1)
        set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
        // Wait for the first connection's answer to "HTTP/2?" rather than open fifty.
        if request.address.scheme == "https" { set(CURLOPT_PIPEWAIT, 1) }
        // Said and not left to libcurl to look up, so that an error names the proxy that was used.
        set(CURLOPT_PROXY, configuration.network.proxy(for: request.address)?.value ?? "")
        set(CURLOPT_NOPROXY, configuration.network.noProxy ?? "")
        set(CURLOPT_USERAGENT, configuration.userAgent)
        set(CURLOPT_CONNECTTIMEOUT_MS, max(1, Int(configuration.connectTimeout * 1000)))
        set(CURLOPT_TIMEOUT_MS, max(1, Int(configuration.totalTimeout * 1000)))
        set(CURLOPT_LOW_SPEED_LIMIT, 1)
        set(CURLOPT_LOW_SPEED_TIME, max(1, Int(configuration.stallTimeout)))
        if request.method != .get, request.method != .post { set(CURLOPT_CUSTOMREQUEST, request.method.rawValue) }
        if request.method == .post || request.method == .put {
            set(CURLOPT_POST, 1)
            let code = request.body.withUnsafeBytes { bytes in
                ccurl_set_body(handle, bytes.baseAddress ?? UnsafeRawPointer(handle), curl_off_t(bytes.count))
            }
            isFine = code == CURLE_OK && isFine
        }
        if let signature = request.signature {
            set(CURLOPT_AWS_SIGV4, "aws:amz:\(signature.region):\(signature.service)")
            set(CURLOPT_USERNAME, signature.accessKey)
            set(CURLOPT_PASSWORD, signature.secretKey)
        }
        var headers = request.headers
        // Not CURLOPT_ACCEPT_ENCODING: libdeflate inflates the whole body, twice as fast.
        headers["Accept-Encoding"] = "gzip"
        for field in headers.fields {
            guard Self.isPlain(field.name), Self.isPlain(field.value),
                let list = curl_slist_append(headerList, "\(field.name): \(field.value)")
            else { return false }
            headerList = list
        }
        isFine = ccurl_set_headers(handle, headerList) == CURLE_OK && isFine
        let context = Unmanaged.passUnretained(self).toOpaque()
        isFine = ccurl_set_body_receiver(handle, receiveBody, context) == CURLE_OK && isFine
        isFine = ccurl_set_header_receiver(handle, receiveHeader, context) == CURLE_OK && isFine
        return isFine
    }

    private static func isPlain(_ text: String) -> Bool { text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F } }

    /// Takes a piece of the body; false ends the transfer.
    fileprivate func take(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard body.count + bytes.count <= configuration.maximumBodyBytes else {
            isTooLarge = true
            return false
        }
        body.append(bytes)
        return true
    }

    fileprivate func take(headerLine bytes: UnsafeRawBufferPointer) {
        let line = String(decoding: bytes, as: UTF8.self)
        // An interim answer (100, or a proxy's) comes before the one that counts.
        if line.hasPrefix("HTTP/") { return headers = HTTPHeaders() }
        guard let colon = line.firstIndex(of: ":") else { return }
        func trimmed(_ text: Substring) -> String {
            let start = text.drop { $0.isWhitespace }
            guard let last = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
            return String(start[...last])
        }
        headers.add(trimmed(line[..<colon]), trimmed(line[line.index(after: colon)...]))
    }

    /// Hands over the answer or the reason why there is none.
    func finish(_ code: CURLcode) {
        guard code == CURLE_OK else { return pending.finish(.failure(error(code))) }
        let content: ByteBuffer
        do throws(BodyInflater.Failure) {
            content = try takeContent()
        } catch {
            return abort(error == .tooLarge ? .tooLarge : .badEncoding)
        }
        let answer = HTTPResponse(
            status: ccurl_get_long(handle, CURLINFO_RESPONSE_CODE), headers: headers, body: HTTPBody(content),
            seconds: Double(ccurl_get_size(handle, CURLINFO_TOTAL_TIME_T)) / 1e6,
            receivedBytes: Int(ccurl_get_size(handle, CURLINFO_SIZE_DOWNLOAD_T)),
            newConnections: ccurl_get_long(handle, CURLINFO_NUM_CONNECTS),
            isHTTP2: ccurl_get_long(handle, CURLINFO_HTTP_VERSION) == Int(CURL_HTTP_VERSION_2_0))
        pending.finish(.success(answer))
    }

    /// The body, inflated.
    private func takeContent() throws(BodyInflater.Failure) -> ByteBuffer {
        guard !body.isEmpty, let encoding = headers["Content-Encoding"]?.lowercased() else {
            return takeBody()
        }
        switch encoding {
        case "", "identity": return takeBody()
        case "gzip", "x-gzip": return try inflater.inflate(body.bytes, maximumBytes: configuration.maximumBodyBytes)
        default: throw .damaged
        }
    }

    private func takeBody() -> ByteBuffer {
        var taken = ByteBuffer(capacity: 64)
        swap(&taken, &body)
        return taken
    }

    func abort(_ kind: HTTPError.Kind) {
        pending.finish(.failure(HTTPError(kind, pending.request.address, "")))
    }

    private func error(_ code: CURLcode) -> HTTPError {
        let address = pending.request.address
        let route = configuration.route(to: address)
        let text = String(cString: curl_easy_strerror(code))
        let connect = ccurl_get_long(handle, CURLINFO_HTTP_CONNECTCODE)
        if connect >= 300 {
            let kind: HTTPError.Kind = connect >= 500 || connect == 429 ? .proxyFailed : .proxyRefused
            return HTTPError(kind, address, "the proxy answered \(connect)", route: route)
        }
        let kind = kind(of: code)
        if code == CURLE_COULDNT_RESOLVE_PROXY {
            return HTTPError(.proxyUnreachable, address, text, route: route)
        }
        if let proxy = configuration.network.proxy(for: address)?.value.lowercased() {
            // Before the tunnel is open, it is the proxy that the trouble is with. A SOCKS proxy gives no status.
            let hasTunnel = address.scheme != "https" || connect != 0 || proxy.hasPrefix("socks")
            switch kind {
            case .connect where !hasTunnel || code == CURLE_COULDNT_CONNECT:
                return HTTPError(.proxyUnreachable, address, text, route: route)
            case .tls where !hasTunnel: return HTTPError(.proxyTLS, address, text, route: route)
            case .timeout, .stalled, .reset:
                if !hasTunnel { return HTTPError(.proxyFailed, address, text, route: route) }
            default: if code == CURLE_PROXY { return HTTPError(.proxyFailed, address, text, route: route) }
            }
        }
        switch kind {
        case .tls:
            let issuer = CertificateProbe.issuer(of: address, configuration)
            return HTTPError(kind, address, text, route: route, issuer: issuer)
        case .certificates:
            return HTTPError(kind, address, Self.trouble(with: configuration.trustedCertificates ?? ""), route: route)
        default: return HTTPError(kind, address, text, route: route)
        }
    }

    /// Why a file of trusted certificates cannot be used: libcurl has one text for everything.
    private static func trouble(with file: String) -> String {
        let descriptor = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return String(cString: strerror(errno)) }
        defer { close(descriptor) }
        var byte: UInt8 = 0
        return read(descriptor, &byte, 1) < 0 ? String(cString: strerror(errno)) : "it holds no certificate in PEM form"
    }

    private func kind(of code: CURLcode) -> HTTPError.Kind {
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST: .resolve
        case CURLE_COULDNT_CONNECT, CURLE_INTERFACE_FAILED: .connect
        case CURLE_SSL_CACERT_BADFILE: .certificates
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_ISSUER_ERROR,
            CURLE_SSL_PINNEDPUBKEYNOTMATCH:
            .tls
        // A handshake that broke off says nothing against the certificate; Clio was seen to time out in it.
        case CURLE_SSL_CONNECT_ERROR: .connect
        case CURLE_OPERATION_TIMEDOUT: hasStalled ? .stalled : .timeout
        case CURLE_BAD_CONTENT_ENCODING: .badEncoding
        case CURLE_WRITE_ERROR where isTooLarge: .tooLarge
        // libcurl reports a damaged gzip body as a failed write at times.
        case CURLE_WRITE_ERROR: .badEncoding
        case CURLE_GOT_NOTHING, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_PARTIAL_FILE, CURLE_HTTP2,
            CURLE_HTTP2_STREAM, CURLE_WEIRD_SERVER_REPLY:
            .reset
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL, CURLE_BAD_FUNCTION_ARGUMENT: .badRequest
        default: .other
        }
    }

    /// libcurl has one code for both; before the total time is over it can only be the low speed.
    private var hasStalled: Bool {
        ccurl_get_size(handle, CURLINFO_STARTTRANSFER_TIME_T) > 0
    }
}

private func receiveBody(
    _ bytes: UnsafeMutablePointer<CChar>?, _ one: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let context else { return 0 }
    let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    return transfer.take(UnsafeRawBufferPointer(start: bytes, count: one * count)) ? one * count : 0
}

private func receiveHeader(
    _ bytes: UnsafeMutablePointer<CChar>?, _ one: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let context else { return 0 }
    let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    transfer.take(headerLine: UnsafeRawBufferPointer(start: bytes, count: one * count))
    return one * count
}
