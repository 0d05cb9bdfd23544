internal import HTTP
internal import JSON

/// A proxy, gateway or CDN that answered in Clio's place, described by its headers and its page's title alone.
struct Intermediary: Equatable {
    /// One phrase for an error message; the token may be part of it.
    let description: String

    /// nil when the answer looks like Clio's own.
    init?(_ response: HTTPResponse) {
        let status = response.status
        let isPage = Self.isPage(response)
        switch status {
        case 407: break
        // Clio gives a reason, or at least counts the request. A token is renewed after any 401 that is no page.
        case 403, 404: guard isPage || !Self.isClios(response) else { return nil }
        // A sign-in page of a network comes as a success; JSON is read whatever its type is called.
        case 200..<300: guard isPage, !["{", "["].contains(Self.firstCharacter(response)) else { return nil }
        case 400...: guard isPage else { return nil }
        default: return nil
        }
        var parts: [String] = []
        if let server = Self.plain(response.headers["Server"], limit: 60) { parts.append("server \(server)") }
        if let via = Self.plain(response.headers["Via"], limit: 60) { parts.append("via \(via)") }
        if isPage, let title = Self.title(response) { parts.append("page title \"\(title)\"") }
        if response.body.count == 0 { parts.append("without a word") }
        let who = status == 407 ? "a proxy" : "something between here and Clio"
        description = "\(who) answered \(status)" + (parts.isEmpty ? "" : " (\(parts.joined(separator: ", ")))")
    }

    /// The error for an answer that will not change by itself, with the remedy.
    /// - Parameter who: the description, without tokens.
    static func error(
        _ who: String, _ address: WebAddress, status: Int, origin: String, kind: ClioError.Kind = .blocked
    ) -> ClioError {
        ClioError(kind, status: status, "\(address.path): \(who), not Clio; \(remedy(status, origin))")
    }

    /// What to do about it.
    static func remedy(_ status: Int, _ origin: String) -> String {
        switch status {
        case 407: "put the proxy's user and password into HTTPS_PROXY, or list Clio's host in NO_PROXY"
        case 200..<300, 511:
            "sign in to this network in a browser, or ask your network administrator to allow requests to \(origin)"
        default: "ask your network administrator to allow requests to \(origin)"
        }
    }

    /// Clio's refusals are a JSON object with an `error`, name the bearer scheme, or say what is left of the rate limit.
    private static func isClios(_ response: HTTPResponse) -> Bool {
        if response.headers["WWW-Authenticate"]?.lowercased().hasPrefix("bearer") == true { return true }
        if response.body.count == 0 { return response.headers["X-RateLimit-Limit"].map { !$0.isEmpty } ?? false }
        return response.body.withUnsafeBytes { bytes in
            guard bytes.count < 1 << 20 else { return false }
            return JSONParser.reading(bytes) { $0["error"] != nil } ?? false
        }
    }

    private static func isPage(_ response: HTTPResponse) -> Bool {
        if response.headers["Content-Type"]?.lowercased().contains("html") == true { return true }
        return firstCharacter(response) == "<"
    }

    private static func firstCharacter(_ response: HTTPResponse) -> Character? {
        start(response).first { !$0.isWhitespace && $0 != "\u{FEFF}" }
    }

    private static func title(_ response: HTTPResponse) -> String? {
        let text = start(response)
        guard let open = text.firstRange(of: /<title[^>]*>/.ignoresCase()),
            let close = text[open.upperBound...].firstRange(of: /<\/title/.ignoresCase())
        else { return nil }
        return plain(String(text[open.upperBound..<close.lowerBound]), limit: 80)
    }

    /// A page's head is near its start.
    private static func start(_ response: HTTPResponse) -> String {
        response.body.withUnsafeBytes { String(decoding: $0.prefix(1 << 14), as: UTF8.self) }
    }

    /// One line without control characters; nil when nothing is left.
    private static func plain(_ text: String?, limit: Int) -> String? {
        guard let text else { return nil }
        let words = text.split { $0.isWhitespace || $0.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F } }
        let line = words.joined(separator: " ")
        return line.isEmpty ? nil : String(line.prefix(limit))
    }
}
