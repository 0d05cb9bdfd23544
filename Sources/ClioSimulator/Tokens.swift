/// The access and refresh tokens of one application, and the codes that buy them.
struct Tokens: Sendable {
    /// Whose a token is, and what it shows.
    struct Owner: Sendable, Equatable {
        /// The place of the account among those that are served.
        var account = 0
        /// The place of the user in the account.
        var user = 0
        /// Every so many-th record of a list is hidden from the user; 0: none.
        var hides = 0

        /// Users and practice areas are shown to everyone.
        func sees(_ kind: Kind, _ index: Int) -> Bool {
            hides == 0 || kind == .users || kind == .practiceAreas || index % hides != 0
        }
    }

    private var access: [String: (until: Double, uses: Int, owner: Owner)] = [:]
    private var refresh: [String: Owner] = [:]
    private var codes: [String: (redirect: String, owner: Owner)] = [:]
    private var made = 0
    private let salt: UInt64
    private let uses: Int
    /// Who consents to the next login.
    private(set) var consenting = Owner()

    init(_ options: SimulatorOptions) {
        salt = mixed(options.seed ^ 0x70CE)
        uses = options.tokenUses
        let until = options.clock() + options.tokenLife
        access[options.token] = (until, uses, Owner())
        refresh[options.refreshToken] = Owner()
        for (place, account) in options.accounts.enumerated() {
            access[account.token] = (until, uses, Owner(account: place + 1))
            if let token = account.refreshToken { refresh[token] = Owner(account: place + 1) }
        }
        for user in options.otherUsers {
            let owner = Owner(account: user.account, user: user.user, hides: user.hides)
            access[user.token] = (until, uses, owner)
            if let token = user.refreshToken { refresh[token] = owner }
        }
    }

    /// Whose a token is; nil when it is not valid.
    func owner(_ token: String, at now: Double) -> Owner? {
        access[token].flatMap { now < $0.until && $0.uses > 0 ? $0.owner : nil }
    }

    /// Whose a token is, for a request that uses it up by one; nil when it is not valid.
    mutating func use(_ token: String, at now: Double) -> Owner? {
        guard let owner = owner(token, at: now) else { return nil }
        access[token]?.uses -= 1
        return owner
    }

    /// From here on, logins are by the owner of this token, be it expired.
    mutating func consent(as token: String) -> Bool {
        guard let owner = access[token]?.owner ?? refresh[token] else { return false }
        consenting = owner
        return true
    }

    mutating func code(redirect: String) -> String {
        let code = fresh("code")
        codes[code] = (redirect, consenting)
        return code
    }

    /// Takes a code once, for the redirect that it was given to.
    mutating func redeem(code: String, redirect: String) -> Owner? {
        guard let known = codes.removeValue(forKey: code), known.redirect == redirect else { return nil }
        return known.owner
    }

    func owner(refresh token: String) -> Owner? { refresh[token] }

    mutating func issue(until: Double, to owner: Owner) -> String {
        let token = fresh("access")
        access[token] = (until, uses, owner)
        return token
    }

    mutating func issueRefresh(to owner: Owner) -> String {
        let token = fresh("refresh")
        refresh[token] = owner
        return token
    }

    /// Ends a token, and every refresh token of its user with it.
    mutating func revoke(_ token: String) {
        guard let owner = access.removeValue(forKey: token)?.owner else { return }
        refresh = refresh.filter { $0.value != owner }
    }

    /// Ends access tokens as time would.
    /// - Parameter token: only this one; nil: all.
    mutating func expire(_ token: String? = nil) {
        for key in token.map({ [$0] }) ?? Array(access.keys) { access[key]?.until = -.infinity }
    }

    private mutating func fresh(_ purpose: String) -> String {
        made += 1
        let draw = mixed(salt ^ UInt64(made) ^ fingerprint(purpose))
        return purpose + "-" + String(draw, radix: 36) + String(draw.again(), radix: 36)
    }
}
