internal import Bytes
internal import Extract
internal import Foundation
public import JSON
public import Logging
internal import Pipelines
internal import Staging

/// Logging in to Clio as one of its users, looking at that login, and ending it.
///
/// Tokens end in the connection's token file (0600), which every sync of the connection reads.
public struct Login: Sendable {
    /// Who is logged in, and how long.
    public struct Status: JSONReport, Sendable, Equatable {
        /// Clio's id of the user; nil when Clio does not tell (403 on some plans).
        public var userID: Int64?
        /// The user's name.
        public var userName: String?
        /// Clio's id of the firm's account; nil when Clio does not tell.
        public var accountID: Int64?
        /// The firm's name.
        public var accountName: String?
        /// The host that the token belongs to.
        public var baseURL: String
        /// `us`, `eu`, `ca`, `au`; nil for another host.
        public var region: String?
        /// Where the token is from: the token file's path, or `CLIO_ACCESS_TOKEN` and the file that sets it.
        public var source: String
        /// UTC; nil when nothing says so.
        public var expiresAt: String?
        /// Whether an expired token can be renewed without a person.
        public var isRenewable: Bool
        /// What the token allows, where Clio says so.
        public var scope: String?
        /// Whether the token was renewed to answer this question.
        public var wasRenewed = false

        private enum CodingKeys: String, CodingKey {
            case userID, accountID, userName, accountName, baseURL, region, expiresAt, scope, source
            case isRenewable = "renewable"
        }

        /// The firm, for a line: `Smith LLP (account 17)`.
        public var firm: String? {
            guard accountID != nil || accountName != nil else { return nil }
            return Account(id: accountID, name: accountName, baseURL: baseURL).firm
        }
    }

    private let connection: String
    private let settings: Settings
    /// nil where this user has no home: then there is no login, and a token is from a variable.
    private let files: LoginFiles?
    private let logger: Logger

    /// A connection's login; nothing is read or asked yet.
    /// - Throws: when the connection's name is not allowed.
    public init(connection: String, settings: Settings, logger: Logger) throws {
        _ = try ConnectionFolder(staging: ".", connection: connection)
        self.connection = connection
        self.settings = settings
        files = LoginFiles()
        self.logger = logger
    }

    /// The token file of the connection; nil where there is no place for one.
    public var tokenFile: String? { files?.login(connection) }

    // MARK: Log in

    /// Logs in with a browser on this machine, which comes back to a port of 127.0.0.1.
    /// - Parameters:
    ///   - port: 0 takes a free one.
    ///   - seconds: how long to wait for the person.
    ///   - announce: is given the address to open.
    public func throughBrowser(
        port: Int = 0, within seconds: Double = 300, announce: @Sendable (String) -> Void
    ) async throws -> Status {
        let server = try server()
        // The redirect is known only when the page listens; what reads the answer must be there before.
        let secrets = LoginTicket(redirect: "")
        let page = try LoginPage(port: port) { query in
            Result { () throws(LoginError) in try secrets.code(in: query) }
        }
        let bound = try await page.start()
        var ticket = LoginTicket(
            redirect: "http://127.0.0.1:\(bound)\(LoginPage.path)", state: secrets.state, verifier: secrets.verifier)
        ticket.url = server.authorizationURL(
            redirect: ticket.redirect, state: ticket.state, challenge: ticket.challenge)
        announce(ticket.url)
        let code = try await page.code(within: seconds)
        return try await redeem(code, ticket, server)
    }

    /// Begins a login whose code a person pastes: for servers without a browser.
    public func begin() throws -> LoginTicket {
        let server = try server()
        var ticket = LoginTicket(redirect: server.approvalPage)
        ticket.url = server.authorizationURL(
            redirect: ticket.redirect, state: ticket.state, challenge: ticket.challenge)
        return ticket
    }

    /// Ends that login.
    /// - Parameter pasted: the code, or the whole address that the browser ended at.
    public func finish(_ ticket: LoginTicket, pasted: String) async throws -> Status {
        try await redeem(ticket.code(pasted: pasted), ticket, server())
    }

    private func server() throws -> AuthorizationServer {
        guard files != nil else {
            throw ConfigurationError("there is no place for the token file; set HOME or XDG_CONFIG_HOME")
        }
        guard let id = settings.clientID, let secret = settings.clientSecret else {
            let missing = [
                settings.clientID == nil ? "CLIO_CLIENT_ID" : nil,
                settings.clientSecret == nil ? "CLIO_CLIENT_SECRET" : nil,
            ].compactMap { $0 }.joined(separator: " and ")
            let place = settings.tokenSource
            throw ConfigurationError(
                place.map {
                    "CLIO_ACCESS_TOKEN in \($0) is used, and needs no login; to log in instead, remove it and set \(missing)"
                } ?? "\(missing): not set; Clio's developer portal shows them for your application, put them into .env")
        }
        do {
            return try AuthorizationServer(
                baseURL: settings.baseURL, clientID: id, clientSecret: secret,
                timeout: Double(settings.requestTimeoutMilliseconds) / 1000)
        } catch {
            throw ConfigurationError(error.description)
        }
    }

    private func redeem(_ code: String, _ ticket: LoginTicket, _ server: AuthorizationServer) async throws -> Status {
        let grant: AuthorizationServer.Grant
        do {
            grant = try await server.redeem(code: code, redirect: ticket.redirect, verifier: ticket.verifier)
        } catch {
            throw Self.error(error)
        }
        let expires = grant.lifetime.map { UTC.text(secondsSince1970: Int64(Date().timeIntervalSince1970) + $0) }
        let content = TokenFile(
            accessToken: grant.accessToken, refreshToken: grant.refreshToken, expiresAt: expires,
            baseURL: settings.baseURL, scope: grant.scope, folder: files?.project)
        // Looked at before the person was sent to the browser.
        if let file = tokenFile { try content.write(to: file) }
        var own = settings
        // What was just stored is looked at, whatever wins over it.
        own.accessToken = nil
        own.loneRefreshToken = nil
        return try await status(Credentials(own, connection: connection, files: files))
    }

    // MARK: Status

    /// As whom, how long: asks Clio once.
    /// - Throws: `LoginError` of the code `refused` when Clio does not accept the token, `noToken` when there is none.
    public func status() async throws -> Status {
        let credentials: Credentials
        do {
            credentials = try Credentials(settings, connection: connection, files: files)
        } catch let error as ConfigurationError {
            throw LoginError(.noToken, "not logged in: \(error.description)")
        }
        return try await status(credentials)
    }

    private func status(_ credentials: Credentials) async throws -> Status {
        let client: ClioClient
        do {
            client = try ClioClient(
                ExtractSettings(settings, Catalog(phases: []), logger), tokens: credentials.tokens,
                accessToken: credentials.accessToken, logger: logger)
        } catch {
            throw ConfigurationError(error.description)
        }
        var status = Status(
            userID: nil, userName: nil, baseURL: settings.baseURL,
            region: Settings.regions.first { $0.value == settings.baseURL }?.key, source: "",
            expiresAt: nil, isRenewable: credentials.isRenewable, scope: nil)
        switch credentials.source {
        case .variable(let place): status.source = "CLIO_ACCESS_TOKEN in \(place)"
        case .login(let path): status.source = path
        }
        var answer = await client.probeUser()
        if answer.tokenTrouble != nil, credentials.isRenewable {
            do { try await client.renewToken() } catch { throw Self.error(error) }
            status.wasRenewed = true
            answer = await client.probeUser()
        }
        if let why = answer.failure {
            throw LoginError(.unreachable, why + (answer.remedy.isEmpty ? "" : "; " + answer.remedy))
        }
        // A block page says nothing about the token.
        if let who = answer.blockedBy { throw LoginError(.unreachable, "\(who), not Clio; \(answer.remedy)") }
        if let trouble = answer.tokenTrouble {
            throw LoginError(
                .refused,
                TokenAdvice.text(trouble, settings) + "; check CLIO_REGION, or " + credentials.remedy)
        }
        guard answer.status == 200 || answer.status == 403 else {
            throw LoginError(.unreachable, "\(settings.baseURL): answered \(answer.status ?? 0); try again later")
        }
        let kept = try credentials.file.flatMap { (path) throws(StagingError) in try TokenFile.read(path) }
        status.expiresAt = kept?.expiresAt
        status.scope = kept?.scope
        status.userID = answer.id
        status.userName = answer.name
        status.accountID = answer.account?.id
        status.accountName = answer.account?.name
        return status
    }

    // MARK: Log out

    /// Revokes the token at Clio and deletes the token file.
    /// - Parameter onlyHere: leaves the consent at Clio alone.
    /// - Returns: what was done, as one line, and whether there was a login.
    public func logout(onlyHere: Bool = false) async throws -> (message: String, wasLoggedIn: Bool) {
        let stored = try tokenFile.flatMap { (file) throws(StagingError) in
            try TokenFile.read(file).map { (file, $0) }
        }
        guard let (file, content) = stored else {
            let none = "there is no login of \(connection) in this folder"
            let place = settings.tokenSource.map { "; the token is from CLIO_ACCESS_TOKEN: remove it from \($0)" }
            return (none + (place ?? ""), false)
        }
        var revoked = "the consent at Clio was left alone"
        if !onlyHere {
            do {
                // To the host that gave the token, whatever the settings say by now.
                let server = try AuthorizationServer(
                    baseURL: content.baseURL, clientID: "", clientSecret: "",
                    timeout: Double(settings.requestTimeoutMilliseconds) / 1000)
                revoked =
                    try await server.revoke(content.accessToken)
                    ? "revoked at \(content.baseURL)" : "\(content.baseURL) did not accept the token any more"
            } catch {
                throw LoginError(
                    .unreachable,
                    "\(error.description); the token file was kept: try again, or use --local to delete it without "
                        + "asking Clio")
            }
        }
        try Files.remove(file)
        return ("logged out: \(revoked), \(file) is deleted", true)
    }

    private static func error(_ error: ClioError) -> LoginError {
        switch error.kind {
        case .transient, .unreachable, .rateLimited, .badPage, .unusableServer:
            LoginError(.unreachable, error.description)
        default: LoginError(.refused, error.description)
        }
    }
}

/// What a 401 means, in words for people.
enum TokenAdvice {
    static func text(_ trouble: Probe.TokenTrouble, _ settings: Settings) -> String {
        switch trouble {
        case .malformed:
            "\(settings.baseURL) sees no token in the request (401 UnauthorizedError): the token is not whole"
        case .invalid:
            "\(settings.baseURL) does not accept the token (401 invalid_token): it has expired, was revoked, or belongs "
                + "to another region"
        }
    }
}
