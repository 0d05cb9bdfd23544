internal import Account
internal import Foundation

/// What the job record keeps of a notice that is to be delivered.
enum StoredNotice: Equatable {
    case alarm(Alarm)
    case digest(Digest)

    var notice: any Notice {
        switch self {
        case .alarm(let alarm): alarm
        case .digest(let digest): digest
        }
    }

    /// For the job record.
    /// - Parameter places: where it is still to be delivered; nil: everywhere.
    func stored(places: Set<NoticePlace>?) -> String {
        var members = Members(places: places)
        switch self {
        case .alarm(let alarm): members.alarm = StoredAlarm(alarm)
        case .digest(let digest): members.digest = digest
        }
        return (try? JSONEncoder().encode(members)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }

    /// Reads what `stored` made, or what version 0.9 did; nil for anything else, and for a kind that only a newer version knows.
    static func read(_ json: String) -> (notice: StoredNotice, places: Set<NoticePlace>?)? {
        let data = Data(json.utf8)
        if let members = try? JSONDecoder().decode(Members.self, from: data) {
            if let alarm = members.alarm?.alarm { return (.alarm(alarm), members.places) }
            if let digest = members.digest { return (.digest(digest), members.places) }
        }
        return (try? JSONDecoder().decode(StoredAlarm.self, from: data))?.alarm.map { (.alarm($0), nil) }
    }

    private struct Members: Codable {
        var places: Set<NoticePlace>?
        var alarm: StoredAlarm?
        var digest: Digest?
    }

    /// An alarm without what is made for people: `text`.
    private struct StoredAlarm: Codable {
        var kind, connection, job, status, message, time, host, next: String
        var rows, rejected, requests: Int
        var seconds: Double

        init(_ alarm: Alarm) {
            kind = alarm.kind.rawValue
            connection = alarm.connection
            job = alarm.job
            status = alarm.status
            message = alarm.message
            time = alarm.time
            host = alarm.host
            next = alarm.next
            rows = alarm.rows
            rejected = alarm.rejected
            requests = alarm.requests
            seconds = alarm.seconds
        }

        var alarm: Alarm? {
            guard let kind = Alarm.Kind(rawValue: kind) else { return nil }
            return Alarm(
                kind: kind, connection: connection, job: job, status: status, message: message, time: time, host: host,
                rows: rows, rejected: rejected, requests: requests, seconds: seconds, next: next)
        }
    }
}
