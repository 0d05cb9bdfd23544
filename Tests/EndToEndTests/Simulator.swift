import Foundation
import Testing

/// A running `clio-simulator`.
struct Simulator: Sendable {
    static let token = "simulator-token"

    let address: String
    let log: String
    let process: ChildProcess

    /// One line of the request log.
    struct Request: Decodable, Sendable {
        let path: String
        let query: [String: String]
        let status: Int
        let records: Int
        /// Whether another page follows.
        let next: Bool
        /// Stands for the page token.
        let page: String?
        let fault: String?
        let token: String?
        /// When it came, in seconds since 1970.
        let time: Double

        /// Whether it asks for a page of records, and not for a count or for who we are.
        var isPage: Bool { !path.hasSuffix("/who_am_i.json") && query["limit"] != "1" && !path.hasPrefix("/oauth") }

        /// Whether it looks some ids up, and brings no record.
        var isLookup: Bool { query["ids[]"] != nil && query["fields"] == "id" }

        /// What was asked for, the page with it.
        var asked: String {
            let items = query.sorted { $0.key < $1.key }.filter { $0.key != "page_token" }
            return "\(path)?" + items.map { "\($0.key)=\($0.value)" }.joined(separator: "&") + "#" + (page ?? "first")
        }

        /// The fields that it asks for, as they are in `asked`.
        var fields: String { "fields=" + (query["fields"] ?? "") }

        /// Which pass it belongs to: what was asked for, whatever the page.
        var pass: String { String(asked.prefix { $0 != "#" }) }
    }

    /// All requests that were answered so far.
    func requests() throws -> [Request] {
        let lines = try String(contentsOfFile: log, encoding: .utf8).split(
            separator: "\n", omittingEmptySubsequences: false)
        let decoder = JSONDecoder()
        // What follows the last line feed is a line that is just being written.
        return try lines.dropLast().map { try decoder.decode(Request.self, from: Data($0.utf8)) }
    }

    /// Waits until the simulator has closed the connections of processes that are dead: then their last requests are in the log,
    /// and none of them is taken for one of the next process.
    func awaitClosedConnections() async throws {
        let port = try #require(address.split(separator: ":").last.flatMap { UInt16($0) })
        let here = ":" + (String(repeating: "0", count: 4) + String(port, radix: 16, uppercase: true)).suffix(4)
        // The local address, that of the other side, and the state: 08 is closed by the other side only.
        try await poll("connections to be closed") {
            try String(contentsOfFile: "/proc/net/tcp", encoding: .utf8).split(separator: "\n").allSatisfy { line in
                let fields = line.split(separator: " ")
                return fields.count < 4 || !fields[1].hasSuffix(here) || fields[3] != "08"
            }
        }
    }

    /// The pages that were asked for by processes that followed each other.
    ///
    /// Each asks first whose token it has: what comes before that is what the one before it had sent when it died.
    /// - Parameter begins: moments before each process began and after the one before it was dead, seconds since 1970.
    func pages(ofProcessesFrom begins: [Double]) throws -> [[Request]] {
        let requests = try requests()
        let identities = requests.filter { $0.path.hasSuffix("/who_am_i.json") }.map(\.time)
        let starts = [0] + begins.dropFirst().map { begin in identities.first { $0 >= begin } ?? begin }
        return zip(starts, starts.dropFirst() + [.infinity]).map { start, end in
            requests.filter { $0.isPage && $0.time >= start && $0.time < end }
        }
    }

    /// How many requests for a list, a page or its count, were answered so far.
    func lists() throws -> Int {
        try requests().filter { !$0.path.hasSuffix("/who_am_i.json") && $0.path.hasSuffix(".json") }.count
    }
}
