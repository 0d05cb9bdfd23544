import ClioSimulator
import Foundation
import Synchronization
import TestSupport

/// An answer as it came over the wire.
struct Reply: Sendable {
    var status: Int
    var headers: [String: String]
    var body: [UInt8]
    /// Whether the connection ended where it should.
    var complete: Bool

    subscript(_ header: String) -> String? { headers[header.lowercased()] }

    var text: String { String(decoding: body, as: UTF8.self) }

    var object: [String: Any] {
        (try? JSONSerialization.jsonObject(with: Data(body))) as? [String: Any] ?? [:]
    }

    var data: [[String: Any]] { object["data"] as? [[String: Any]] ?? [] }
    var meta: [String: Any] { object["meta"] as? [String: Any] ?? [:] }
    var paging: [String: Any] { meta["paging"] as? [String: Any] ?? [:] }
    var next: String? { paging["next"] as? String }
    var records: Int? { meta["records"] as? Int }
    var errorType: String? { (object["error"] as? [String: Any])?["type"] as? String }
    var errorMessage: String? { (object["error"] as? [String: Any])?["message"] as? String }
    var ids: [Int] { data.compactMap { Wire.id($0["id"]) } }
}

/// A client of one request each, on plain sockets: it sends a target as it is, and sees what a library would hide.
struct Wire: Sendable {
    let port: Int
    var token: String? = "simulator-token"

    static func id(_ value: Any?) -> Int? {
        (value as? Int) ?? (value as? String).flatMap { Int($0) }
    }

    func get(_ target: String, headers: [String: String] = [:]) async -> Reply {
        await send("GET", target, headers: headers)
    }

    /// Follows a full URL.
    func follow(_ link: String) async -> Reply {
        await get(link.replacing("http://127.0.0.1:\(port)", with: ""))
    }

    func post(_ target: String, form: String = "", headers: [String: String] = [:]) async -> Reply {
        await send("POST", target, headers: headers, body: form)
    }

    /// Every page from a target on.
    func allRecords(_ target: String) async -> [[String: Any]] {
        var reply = await get(target)
        var data = reply.data
        while let next = reply.next {
            reply = await follow(next)
            data += reply.data
        }
        return data
    }

    private func send(_ method: String, _ target: String, headers: [String: String], body: String = "") async -> Reply {
        var head = "\(method) \(target) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n"
        if let token { head += "Authorization: Bearer \(token)\r\n" }
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        if method == "POST" {
            head += "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: \(body.utf8.count)\r\n"
        }
        let request = Array((head + "\r\n" + body).utf8)
        return await onThread { exchange(request) }
    }

    private func exchange(_ request: [UInt8]) -> Reply {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port)).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        var received: [UInt8] = []
        if connected == 0, Glibc.send(socket, request, request.count, Int32(MSG_NOSIGNAL)) == request.count {
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            while case let count = recv(socket, &buffer, buffer.count, 0), count > 0 {
                received += buffer[..<count]
            }
        }
        return Wire.parse(received)
    }

    private static func parse(_ bytes: [UInt8]) -> Reply {
        let mark = Array("\r\n\r\n".utf8)
        guard let end = bytes.firstRange(of: mark) else {
            return Reply(status: 0, headers: [:], body: [], complete: false)
        }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let halves = line.split(separator: ":", maxSplits: 1)
            headers[halves[0].lowercased()] = halves.count > 1 ? halves[1].drop { $0 == " " }.description : ""
        }
        let body = Array(bytes[end.upperBound...])
        let words = lines[0].split(separator: " ")
        return Reply(
            status: Int(words[1]) ?? 0, headers: headers, body: body,
            complete: headers["content-length"].flatMap { Int($0) } == body.count)
    }
}

/// A clock that stands still until it is turned.
final class TurnedClock: Sendable {
    private let time: Mutex<Double>

    init(_ time: Double = 1_774_972_800) { self.time = Mutex(time) }

    var now: Double { time.withLock { $0 } }

    func turn(by seconds: Double) { time.withLock { $0 += seconds } }
}

/// Lets a few simulators run at a time: the machine that tests them may have two cores.
actor Gate {
    static let shared = Gate()
    private var free = 4
    private var waiting: [CheckedContinuation<Void, Never>] = []

    func enter() async {
        if free > 0 {
            free -= 1
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    func leave() {
        if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
    }
}

/// Runs a simulator for the length of a test.
func withSimulator<Result: Sendable>(
    _ adjust: (inout SimulatorOptions) -> Void = { _ in }, _ body: (Simulator, Wire) async throws -> Result
) async throws -> Result {
    var options = SimulatorOptions()
    options.limit = 1_000_000
    options.shape = FirmShape(
        matters: 120, contacts: 210, calendarEntries: 160, tasks: 110, documents: 150, activities: 260, users: 6,
        practiceAreas: 5)
    adjust(&options)
    await Gate.shared.enter()
    defer { Task { await Gate.shared.leave() } }
    let simulator = try Simulator(options: options)
    let port = try await simulator.start()
    do {
        let result = try await body(simulator, Wire(port: port))
        await simulator.stop()
        return result
    } catch {
        await simulator.stop()
        throw error
    }
}

/// The six kinds and the two look-ups.
let everyKind = [
    "matters", "contacts", "calendar_entries", "tasks", "documents", "activities", "users", "practice_areas",
]

/// Some of the other lists, among them those without an order.
let furtherKinds = [
    "custom_fields", "matter_stages", "folders", "groups", "communications", "relationships", "bills", "line_items",
    "allocations", "outstanding_client_balances", "bank_accounts", "bank_transactions",
]

/// Percent-encodes what a query value may not hold.
func encoded(_ text: String) -> String {
    text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? text
}

/// A folder for one test.
func temporaryFolder() throws -> String {
    let path = NSTemporaryDirectory() + "simulator-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    return path
}
