/// Who comes in: by a token, by a link, or from this machine when neither is asked for.
///
/// Sessions are cookies that this process signed; nothing is stored, so no client can fill a table with them, and a restart
/// ends them all.
struct Gate: Sendable {
    private let token: String?
    private let valuesToken: String?
    private let linkSecret: String?
    private let publicURL: PublicURL?
    private let isOpen: Bool
    private let cookieName: String
    private let key: [UInt8]
    private let clock: @Sendable () -> Double

    static let sessionSeconds = 12 * 3600.0

    /// - Parameter key: signs cookies and form tokens; for tests.
    init(
        _ options: StatusPageOptions, key: [UInt8] = Secrets.random(32), clock: @escaping @Sendable () -> Double
    ) {
        token = options.token
        valuesToken = options.valuesToken
        linkSecret = options.linkSecret
        publicURL = options.publicURL
        // Without a token, this machine's users may do everything. Behind a proxy with links only, the links decide.
        isOpen = options.token == nil && (options.linkSecret == nil || options.publicURL == nil)
        // Browsers share cookies between the ports of a host.
        cookieName = (options.publicURL?.isSecure == true ? "__Host-" : "") + "cliosync-\(options.port)"
        self.key = key
        self.clock = clock
    }

    /// Whether there is a token to log in with.
    var hasLogin: Bool { token != nil }

    // MARK: Who asks

    /// Whether the request's Host may be answered. Without a token, another name than this machine's would let a page
    /// of an attacker, whose name points at 127.0.0.1, read ours (DNS rebinding).
    func allowsHost(_ request: WebRequest) -> Bool {
        guard isOpen else { return true }
        return ["localhost", "127.0.0.1", "[::1]"].contains(request.hostName)
            || (publicURL.map { request.hostName == $0.hostName } ?? false)
    }

    /// What this request may do; nil: nothing.
    func grant(_ request: WebRequest) -> Grant? {
        let now = clock()
        if let header = request.headers["authorization"] {
            let parts = header.split(separator: " ", maxSplits: 1)
            guard parts.count == 2, parts[0].lowercased() == "bearer", let scope = scope(String(parts[1]))
            else { return nil }
            return Grant(scope: scope, session: nil, expires: now + Self.sessionSeconds)
        }
        return request.cookie(cookieName).flatMap { session($0, now) }
    }

    /// The session of a user on this machine, where no token is asked for.
    func openSession() -> (Grant, cookie: String)? {
        isOpen ? makeSession(.all, seconds: Self.sessionSeconds) : nil
    }

    /// The session of a user who has the token.
    func login(_ attempt: String) -> (Grant, cookie: String)? {
        scope(attempt).map { makeSession($0, seconds: Self.sessionSeconds) }
    }

    /// What a token opens; nil: nothing.
    private func scope(_ attempt: String) -> Grant.Scope? {
        if let token, Secrets.areEqual(attempt, token) { return .all }
        if let valuesToken, Secrets.areEqual(attempt, valuesToken) { return .allWithValues }
        return nil
    }

    /// The session of a user who has a firm's link.
    func follow(firm: String, expires: String, signature: String) -> (Grant, cookie: String)? {
        let now = clock()
        guard let linkSecret, let seconds = Int64(expires),
            SignedLink(firm: firm, expires: seconds).isValid(signature: signature, secret: linkSecret, now: now)
        else { return nil }
        return makeSession(.firm(firm), seconds: min(Self.sessionSeconds * 14, Double(seconds) - now))
    }

    /// A cookie that ends the session.
    var farewell: String { cookie("", seconds: 0) }

    // MARK: Forms

    /// What a form of this session must bring along.
    func formToken(_ grant: Grant) -> String {
        grant.session.map { Secrets.signature("form\n\($0)", key: key) } ?? ""
    }

    /// Whether an action was meant by the person whose session it is.
    func isMeant(_ request: WebRequest, _ grant: Grant, form: [String: String]) -> Bool {
        guard grant.session != nil else { return true }
        return isSameOrigin(request) && Secrets.areEqual(form["csrf"] ?? "", formToken(grant))
    }

    /// Whether a form was sent from a page of ours, as far as the browser tells.
    func isSameOrigin(_ request: WebRequest) -> Bool {
        if let site = request.headers["sec-fetch-site"], site != "same-origin" { return false }
        guard let origin = request.headers["origin"] else { return true }
        if let publicURL, origin.lowercased() == publicURL.origin { return true }
        // Behind a proxy the scheme may differ; the name and port may not.
        guard let host = request.headers["host"]?.lowercased() else { return false }
        return ["http://\(host)", "https://\(host)"].contains(origin.lowercased())
    }

    // MARK: Cookies

    private func makeSession(_ scope: Grant.Scope, seconds: Double) -> (Grant, cookie: String) {
        let expires = Int64(clock() + seconds)
        let id = "\(Secrets.randomWord()).\(expires).\(Self.word(scope))"
        let grant = Grant(scope: scope, session: id, expires: Double(expires))
        return (grant, cookie("\(id).\(Secrets.signature("session\n\(id)", key: key))", seconds: Int(seconds)))
    }

    private func cookie(_ value: String, seconds: Int) -> String {
        "\(cookieName)=\(value); Path=/; Max-Age=\(seconds); HttpOnly; SameSite=Strict"
            + (publicURL?.isSecure == true ? "; Secure" : "")
    }

    private func session(_ value: String, _ now: Double) -> Grant? {
        let parts = value.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4, let expires = Int64(parts[1]), Double(expires) > now else { return nil }
        let id = parts[..<3].joined(separator: ".")
        guard Secrets.areEqual(String(parts[3]), Secrets.signature("session\n\(id)", key: key)) else { return nil }
        return Grant(scope: Self.scope(word: String(parts[2])), session: id, expires: Double(expires))
    }

    /// A scope in a cookie. No firm has a name with a plus sign.
    private static func word(_ scope: Grant.Scope) -> String {
        switch scope {
        case .all: ""
        case .allWithValues: "+values"
        case .firm(let name): name
        }
    }

    private static func scope(word: String) -> Grant.Scope {
        switch word {
        case "": .all
        case "+values": .allWithValues
        default: .firm(word)
        }
    }
}
