internal import HTTP
internal import JSON

/// What an answer means, by its status, headers and body alone.
enum ClioVerdict: Equatable {
    case success
    case redirect(String)
    case limited(retryAfter: Double)
    case unauthorized
    /// Passes by itself, at the earliest after so many seconds; nil: not named.
    case transient(String, retryAfter: Double?)
    case failed(ClioError.Kind, String)

    init(_ response: HTTPResponse) {
        let status = response.status
        // From Clio or a server on the way: fewer ids or fields at once are the remedy.
        if [413, 414, 431].contains(status) {
            self = .failed(.refused, "HTTP \(status): the request is too long")
            return
        }
        if let intermediary = Intermediary(response), status != 429 {
            self =
                (status >= 500 && status != 511) || status == 408 || status == 425
                ? .transient(intermediary.description, retryAfter: RetryAfter.seconds(response.headers))
                : .failed(.blocked, intermediary.description)
            return
        }
        switch status {
        case 200..<300: self = .success
        case 301, 302, 303, 307, 308: self = .redirect(response.headers["Location"] ?? "")
        case 429: self = .limited(retryAfter: RetryAfter.seconds(response.headers) ?? 0)
        case 401: self = .unauthorized
        case 403: self = .failed(.forbidden, Self.message(response))
        case 400: self = .failed(.refused, Self.message(response))
        case 422: self = .failed(.offsetLimit, Self.message(response))
        case 404, 410: self = .failed(.missing, Self.message(response))
        // Nothing was asked for under a condition: a 304 is a mistake of something on the way.
        case 304, 408, 425, 500...:
            self = .transient("Clio answered \(status)", retryAfter: RetryAfter.seconds(response.headers))
        default: self = .failed(.refused, Self.message(response))
        }
    }

    /// What may be shown of Clio's words: without the token, which may be anywhere in them, and cut short after that.
    static func shown(_ message: String, without token: String) -> String {
        String((token.isEmpty ? message : message.replacing(token, with: "…")).prefix(300))
    }

    /// Clio's own words, not fit to be shown yet; both shapes: `error` as an object, and as a text with a description
    /// beside it.
    static func message(_ response: HTTPResponse) -> String {
        let text = response.body.withUnsafeBytes { bytes -> String? in
            guard bytes.count < 1 << 20 else { return nil }
            return JSONParser.reading(bytes) { root in
                root["error"]?["message"]?.string ?? root["error_description"]?.string ?? root["error"]?.string
                    ?? root["message"]?.string
            } ?? nil
        }
        guard let text else { return "without a reason that could be read" }
        return String(text.map { $0.isNewline || $0 == "\t" ? " " : $0 })
    }
}
