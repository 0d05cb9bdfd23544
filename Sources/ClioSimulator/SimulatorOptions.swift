internal import Foundation

/// How a simulator behaves: the firm behind it, its limits and its faults.
public struct SimulatorOptions: Sendable {
    /// TCP port on 127.0.0.1; 0 takes a free one.
    public var port = 0
    /// How many records the firm holds.
    public var shape = FirmShape.small
    /// The same seed makes the same firm.
    public var seed: UInt64 = 1
    /// The last day of the firm's history, `YYYY-MM-DD`; records that are touched or added while it runs are later.
    public var today = "2026-03-31"
    /// Share of broken records, 0 to 1.
    public var defects = 0.0
    /// Where to write the answer sheet (NDJSON), if anywhere.
    public var truthPath: String?
    /// Requests of a window and token.
    public var limit = 50
    /// Seconds of a window.
    public var window = 60.0
    /// Milliseconds that a list page takes at least.
    public var latency = 0.0
    /// Milliseconds that a list page may take on top, drawn from the seed.
    public var jitter = 0.0
    /// Where to write a line per request (NDJSON), if anywhere.
    public var logPath: String?
    /// The access token that is valid from the start.
    public var token = "simulator-token"
    /// The refresh token that is valid from the start.
    public var refreshToken = "simulator-refresh-token"
    /// The name of the first account; its id follows from the seed.
    public var accountName = "Simulated & Partners LLP"
    /// More accounts at the same address.
    public var accounts: [SimulatedAccount] = []
    /// Further users of the accounts.
    public var otherUsers: [SimulatedUser] = []
    /// Whether `users/who_am_i` answers 403, as on some plans.
    public var forbidsIdentity = false
    /// Whether the API knows the field `account` of a user.
    public var namesAccount = true
    /// The application's id.
    public var clientID = "simulator-client"
    /// The application's secret.
    public var clientSecret = "simulator-secret"
    /// Seconds that an access token lives; the first one as well.
    public var tokenLife = 2_592_000.0
    /// Requests that an access token is good for; the first one as well. Unlike its life, these do not depend on a clock.
    public var tokenUses = 1_000_000_000
    /// Lists that answer 403, by their name in the path.
    public var forbidden: Set<String> = []
    /// What `meta.records` says.
    public var counting = Counting.exact
    /// Whether every record carries keys that no document names.
    public var unknownFields = false
    /// What goes wrong with list requests.
    public var faults: [Fault] = []
    /// Seconds that the fault `stall` lasts.
    public var stall = 3_600.0
    /// The time, in seconds since 1970; tests set it. Latency and stalls are real time nevertheless.
    public var clock: @Sendable () -> Double = { Date().timeIntervalSince1970 }

    /// The defaults: a small, healthy firm on a free port.
    public init() {}

    /// Throws a ``SimulatorError`` that names the first option that makes no sense.
    func check() throws(SimulatorError) {
        guard (0...65_535).contains(port) else { throw .option("--port", "use 0 to 65535") }
        guard (0...1).contains(defects) else { throw .option("--defects", "use a share from 0 to 1") }
        guard limit > 0 else { throw .option("--limit", "use at least 1 request") }
        guard window > 0 else { throw .option("--window", "use more than 0 seconds") }
        guard latency >= 0, jitter >= 0 else { throw .option("--latency", "use 0 or more milliseconds") }
        guard tokenLife > 0 else { throw .option("--token-life", "use more than 0 seconds") }
        guard tokenUses > 0 else { throw .option("--token-uses", "use at least 1 request") }
        guard CivilDate.parseDay(today) != nil else { throw .option("--today", "use YYYY-MM-DD") }
        guard shape.counts.allSatisfy({ $0 < 100_000_000 }) else { throw .option("counts", "use less than 10^8") }
        for user in otherUsers {
            guard (0...accounts.count).contains(user.account) else {
                throw .option("--user account=\(user.account)", "there are the accounts 0 to \(accounts.count)")
            }
            let shape = user.account == 0 ? shape : accounts[user.account - 1].shape ?? shape
            guard user.user < max(1, shape.users) else {
                throw .option("--user user=\(user.user)", "the account has \(shape.users) users")
            }
        }
        for kind in forbidden where Kind.named(kind) == nil {
            let known = Kind.allCases.map(\.path).joined(separator: ", ")
            throw .option("--forbid \(kind)", "no such list; names: \(known)")
        }
    }
}
