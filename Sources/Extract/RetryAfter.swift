internal import HTTP
internal import Staging

/// When Clio, or a gateway before it, accepts the next request.
enum RetryAfter {
    /// Seconds from the answer on: named as such, or as a date, which HTTP allows too; nil when nothing usable is named.
    static func seconds(_ headers: HTTPHeaders) -> Double? {
        guard let text = headers["Retry-After"] else { return nil }
        if let seconds = Double(text) { return seconds.isFinite && seconds > 0 ? seconds : nil }
        // By the server's own clock: ours may be off by more than the wait.
        guard let moment = HTTPDate.seconds(text), let now = headers["Date"].flatMap(HTTPDate.seconds) else {
            return nil
        }
        return moment > now ? moment - now : nil
    }
}
