/// The access and refresh tokens of one application, and the codes that buy them.
struct Tokens: Sendable {
    private var access: [String: Double] = [:]
    private var refresh: Set<String> = []
    private var codes: [String: String] = [:]
    private var made = 0
    private let salt: UInt64

    init(_ options: SimulatorOptions) {
        salt = mixed(options.seed ^ 0x70CE)
        access[options.token] = options.clock() + options.tokenLife
        refresh.insert(options.refreshToken)
    }

    func isValid(_ token: String, at now: Double) -> Bool {
        access[token].map { now < $0 } ?? false
    }

    mutating func code(redirect: String) -> String {
        let code = fresh("code")
        codes[code] = redirect
        return code
    }

    /// Takes a code once, for the redirect that it was given to.
    mutating func redeem(code: String, redirect: String) -> Bool {
        codes.removeValue(forKey: code) == redirect
    }

    func knows(refresh token: String) -> Bool {
        refresh.contains(token)
    }

    mutating func issue(until: Double) -> String {
        let token = fresh("access")
        access[token] = until
        return token
    }

    mutating func issueRefresh() -> String {
        let token = fresh("refresh")
        refresh.insert(token)
        return token
    }

    /// Ends a token; nothing else changes hands, so every refresh token ends with it.
    mutating func revoke(_ token: String) {
        access[token] = nil
        refresh = []
    }

    /// Ends an access token as time would.
    mutating func expireAll() {
        access = [:]
    }

    private mutating func fresh(_ purpose: String) -> String {
        made += 1
        let draw = mixed(salt ^ UInt64(made) ^ fingerprint(purpose))
        return purpose + "-" + String(draw, radix: 36) + String(draw.again(), radix: 36)
    }
}
