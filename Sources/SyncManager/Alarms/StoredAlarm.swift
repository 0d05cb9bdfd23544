internal import Account
internal import Foundation

extension Alarm {
    /// What the job record keeps of an alarm that waits.
    private struct Stored: Codable {
        var kind, connection, job, status, message, time, host, next: String
        var rows, rejected, requests: Int
        var seconds: Double
    }

    /// For the job record.
    var stored: String {
        let stored = Stored(
            kind: kind.rawValue, connection: connection, job: job, status: status, message: message, time: time,
            host: host, next: next, rows: rows, rejected: rejected, requests: requests, seconds: seconds)
        return (try? JSONEncoder().encode(stored)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }

    /// Reads what `stored` made; nil for anything else, and for a kind that only a newer version knows.
    init?(stored json: String) {
        guard let stored = try? JSONDecoder().decode(Stored.self, from: Data(json.utf8)),
            let kind = Kind(rawValue: stored.kind)
        else { return nil }
        self.init(
            kind: kind, connection: stored.connection, job: stored.job, status: stored.status, message: stored.message,
            time: stored.time, host: stored.host, rows: stored.rows, rejected: stored.rejected,
            requests: stored.requests, seconds: stored.seconds, next: stored.next)
    }
}
