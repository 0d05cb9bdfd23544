/// Another firm at the same address, with its own token.
public struct SimulatedAccount: Sendable {
    /// Its access token.
    public var token: String
    /// Its refresh token.
    public var refreshToken: String?
    /// The firm's name; two firms may have one name.
    public var name: String
    /// The same seed makes the same firm, with the same account id.
    public var seed: UInt64
    /// How many records it holds; nil: as many as the first one.
    public var shape: FirmShape?

    /// A firm from its values.
    public init(token: String, refreshToken: String? = nil, name: String, seed: UInt64, shape: FirmShape? = nil) {
        self.token = token
        self.refreshToken = refreshToken
        self.name = name
        self.seed = seed
        self.shape = shape
    }

    /// Reads `token=B,refresh=RB,name=Jones LLP,seed=2,firm=small,matters=40`.
    public init(parsing text: String, shape base: FirmShape) throws(SimulatorError) {
        let values = try KeyedOption.values(text, "--account", ["token", "refresh", "name", "seed", "firm", "matters"])
        guard let token = values["token"], let seed = UInt64(values["seed"] ?? "2") else {
            throw .option("--account \(text)", "give at least token=NAME, and seed=NUMBER")
        }
        var shape = values["firm"].flatMap { FirmShape.named($0) } ?? base
        if let matters = values["matters"].flatMap({ Int($0) }) { shape.matters = matters }
        self.init(
            token: token, refreshToken: values["refresh"], name: values["name"] ?? "Firm \(seed)", seed: seed,
            shape: shape)
    }
}

extension SimulatedAccount {
    /// So many further firms: each has a token, a rate limit and records of its own, those of the firm with the next seed.
    /// - Parameter options: those of the first firm; its token is followed by `-2`, `-3` and so on.
    public static func further(_ count: Int, after options: SimulatorOptions) -> [SimulatedAccount] {
        (0..<max(0, count)).map { place in
            let number = place + 2
            return SimulatedAccount(
                token: "\(options.token)-\(number)", refreshToken: "\(options.refreshToken)-\(number)",
                name: "\(options.accountName) \(number)", seed: options.seed &+ UInt64(place + 1))
        }
    }
}

/// A further user of one of the accounts, who may see less.
public struct SimulatedUser: Sendable {
    /// The user's access token.
    public var token: String
    /// The user's refresh token.
    public var refreshToken: String?
    /// The place of the account: 0 is the first one.
    public var account: Int
    /// The place of the user in it; 0 is the user of the account's own token.
    public var user: Int
    /// Every so many-th record of a list is hidden from the user; 0: none, 1: all.
    public var hides: Int

    /// A user from its values.
    public init(token: String, refreshToken: String? = nil, account: Int = 0, user: Int = 1, hides: Int = 0) {
        self.token = token
        self.refreshToken = refreshToken
        self.account = account
        self.user = user
        self.hides = hides
    }

    /// Reads `token=C,refresh=RC,account=0,user=1,hides=3`.
    public init(parsing text: String) throws(SimulatorError) {
        let values = try KeyedOption.values(text, "--user", ["token", "refresh", "account", "user", "hides"])
        guard let token = values["token"], let account = Int(values["account"] ?? "0"), account >= 0,
            let user = Int(values["user"] ?? "1"), user >= 0, let hides = Int(values["hides"] ?? "0"), hides >= 0
        else { throw .option("--user \(text)", "give at least token=NAME; account, user and hides are numbers") }
        self.init(token: token, refreshToken: values["refresh"], account: account, user: user, hides: hides)
    }
}

/// `name=value,name=value`.
enum KeyedOption {
    static func values(_ text: String, _ option: String, _ known: [String]) throws(SimulatorError) -> [String: String] {
        var values: [String: String] = [:]
        for item in text.split(separator: ",") {
            let halves = item.split(separator: "=", maxSplits: 1)
            guard halves.count == 2, known.contains(String(halves[0])) else {
                throw .option("\(option) \(text)", "use NAME=VALUE,…; names: \(known.joined(separator: ", "))")
            }
            values[String(halves[0])] = String(halves[1])
        }
        return values
    }
}
