import Foundation
import Jobs
import Pipelines
import TestSupport

@testable import StatusPage

#if canImport(Glibc)
    import Glibc
#endif

/// A staging folder of one test's own, with a job record and a small catalog.
final class Sample: Sendable {
    /// The time in all of these tests, unless one turns the clock: a busy machine must not make a live process look gone.
    static let now = 1_800_000_000.0

    let staging: String

    init() throws {
        staging = (NSTemporaryDirectory() as NSString).appendingPathComponent("status-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(atPath: staging, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: staging) }

    static let repository = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    static func catalog() throws -> Catalog { try shipped.get() }

    private static let shipped = Result { try Catalog.load(folder: repository + "/pipelines") }

    func store(_ connection: String, clock: JobClock = .system) throws -> JobStore {
        try FileManager.default.createDirectory(
            atPath: "\(staging)/\(connection)", withIntermediateDirectories: true)
        return try JobStore(path: "\(staging)/\(connection)/job.sqlite", clock: clock)
    }

    /// A job of all phases, at work on its first.
    @discardableResult
    func job(_ connection: String, live: Bool = true, now: Double = Sample.now) throws -> SyncJob {
        let store = try store(connection)
        let catalog = try Self.catalog()
        let job = try store.createJob(connection: connection, phases: catalog.phases.map(\.name))
        for entity in catalog.entities { try store.ensureEntity(job: job.id, phase: entity.phase, type: entity.name) }
        try store.updateJob(job.id) { $0.status = .initializing }
        try store.updateJob(job.id) {
            $0.status = .inProgress
            $0.estimatedItems = 1_000
        }
        for (name, count) in [("users", 10), ("practice_areas", 5)] {
            try store.updateEntity(job: job.id, phase: "core", type: name) { $0.status = .inProgress }
            try store.updateEntity(job: job.id, phase: "core", type: name) {
                ($0.totalItems, $0.extracted, $0.accepted, $0.loaded) = (count, count, count, count)
                $0.status = .completed
            }
        }
        try store.updateEntity(job: job.id, phase: "core", type: "matters") {
            $0.status = .inProgress
            ($0.totalItems, $0.rejected, $0.warned) = (400, 3, 2)
        }
        if live { try store.note(activity(job.id, now: now, done: 100)) }
        return try store.job(job.id) ?? job
    }

    func activity(_ job: String, now: Double, done: Int) -> JobActivity {
        var activity = JobActivity(jobID: job, processID: 4_242, startedAt: now - 60, database: "databases/firm.sqlite")
        activity.updatedAt = now
        activity.progressedAt = now
        activity.requests = 7 + done / 100
        activity.retries = 1
        activity.budgetPerMinute = 45
        activity.residentBytes = 80_000_000
        activity.cpuSeconds = 2.5
        activity.rows = [
            JobActivity.Row(
                phase: "core", entity: "users", stage: "extract", done: 10, total: 10, finishedAt: now - 30),
            JobActivity.Row(
                phase: "core", entity: "matters", stage: "extract", done: done, total: 400, finishedAt: nil),
        ]
        return activity
    }

    /// Matters come in four groups, whatever is staged.
    static let groups: GroupReader = { entity, _, _ in
        guard entity.name == "matters" else { return [] }
        return [("5", "Family <b>law</b>", 20), ("7", "Tax", 3), ("9", nil, 0), ("rest", nil, 0)].map {
            (key, name, records) in
            var group = GroupSummary(key: key, name: name, records: records)
            group.expected = key == "rest" ? nil : 20
            group.status = records == 20 ? .loaded : records > 0 ? .inProgress : .pending
            return group
        }
    }

    func options() throws -> StatusPageOptions {
        var options = StatusPageOptions(staging: staging, catalog: try Self.catalog())
        options.port = 0
        options.groups = Self.groups
        return options
    }
}

/// A raw HTTP client: what is sent and what comes back is seen as it is.
struct Wire {
    let port: Int

    struct Answer {
        let status: Int
        let headers: [String: String]
        let body: String
    }

    /// Sends bytes and reads until the server closes, or `enough` is there, or the time is over.
    func exchange(_ text: String, until enough: String? = nil, seconds: Double = 60) async -> String {
        await onThread { blocking(text, until: enough, seconds: seconds) }
    }

    struct NotConnected: Error {}

    /// Connects and sends; reads nothing. The caller closes.
    func open(_ text: String) throws -> Int32 {
        let file = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(file, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else {
            close(file)
            throw NotConnected()
        }
        let bytes = Array(text.utf8)
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                send(file, $0.baseAddress?.advanced(by: sent), bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count <= 0 { break }
            sent += count
        }
        return file
    }

    private func blocking(_ text: String, until enough: String?, seconds: Double) -> String {
        guard let file = try? open(text) else { return "" }
        defer { close(file) }
        var wait = timeval(tv_sec: 0, tv_usec: 50_000)
        setsockopt(file, SOL_SOCKET, SO_RCVTIMEO, &wait, socklen_t(MemoryLayout<timeval>.size))
        var received: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let end = Date() + seconds
        while Date() < end {
            let count = recv(file, &chunk, chunk.count, 0)
            if count == 0 { break }
            if count < 0 {
                if errno == EAGAIN { continue }
                break
            }
            received += chunk[..<count]
            if let enough, String(decoding: received, as: UTF8.self).contains(enough) { break }
        }
        return String(decoding: received, as: UTF8.self)
    }

    func request(
        _ method: String, _ target: String, headers: [String: String] = [:], body: String? = nil
    ) async -> Answer {
        var all = ["Host": "127.0.0.1:\(port)", "Connection": "close"]
        if let body {
            all["Content-Length"] = String(body.utf8.count)
            all["Content-Type"] = "application/x-www-form-urlencoded"
        }
        all.merge(headers) { $1 }
        let head = all.map { "\($0.key): \($0.value)\r\n" }.joined()
        return Self.parse(await exchange("\(method) \(target) HTTP/1.1\r\n\(head)\r\n\(body ?? "")"))
    }

    func get(_ target: String, headers: [String: String] = [:]) async -> Answer {
        await request("GET", target, headers: headers)
    }

    static func parse(_ text: String) -> Answer {
        let parts = text.components(separatedBy: "\r\n\r\n")
        let lines = (parts.first ?? "").components(separatedBy: "\r\n")
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] =
                String(line[line.index(after: colon)...]).trimmingCharacters(in: .whitespaces)
        }
        let words = (lines.first ?? "").split(separator: " ")
        return Answer(
            status: words.count > 1 ? Int(words[1]) ?? 0 : 0, headers: headers,
            body: parts.dropFirst().joined(separator: "\r\n\r\n"))
    }
}

extension Wire.Answer {
    /// `name=value` of the cookie that was set.
    var cookie: String? { headers["set-cookie"]?.split(separator: ";").first.map(String.init) }

    /// The first form token in the page.
    var formToken: String? {
        body.components(separatedBy: "name=\"csrf\" value=\"").dropFirst().first.map {
            String($0.prefix { $0 != "\"" })
        }
    }
}

/// Serves a page for the time of `body`.
func withPage<T>(
    _ options: StatusPageOptions, streams: Int = 64, heartbeat: Double = 10,
    clock: @escaping @Sendable () -> Double = { Sample.now }, _ body: (Wire) async throws -> T
) async throws -> T {
    let server = StatusServer(options, interval: 0.3, streams: streams, heartbeat: heartbeat, clock: clock)
    let port = try await server.start()
    do {
        let value = try await body(Wire(port: port))
        await server.stop()
        return value
    } catch {
        await server.stop()
        throw error
    }
}
