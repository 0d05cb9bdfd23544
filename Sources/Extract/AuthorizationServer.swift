internal import HTTP
internal import JSON

/// Clio's OAuth 2 end points of one region: the authorization code flow, and its end.
public struct AuthorizationServer: Sendable {
    /// What a code buys.
    public struct Grant: Sendable, Equatable {
        /// Sent with every request.
        public let accessToken: String
        /// Renews the access token.
        public let refreshToken: String?
        /// Seconds that the access token lives.
        public let lifetime: Int64?
        /// What it allows, where Clio says so.
        public let scope: String?
    }

    private let base: WebAddress
    private let clientID: String
    private let clientSecret: String
    private let http: HTTPClient

    /// - Parameters:
    ///   - baseURL: the region's host, as in `ExtractSettings.baseURL`.
    ///   - timeout: seconds for one request.
    /// - Throws: when the base URL is no plain https URL (or http to this machine).
    public init(baseURL: String, clientID: String, clientSecret: String, timeout: Double) throws(ClioError) {
        guard let base = WebAddress(baseURL), base.query == nil, base.scheme == "https" || base.isLoopback else {
            throw ClioError(
                .unusableServer, "the base URL is not of the form https://app.clio.com; check CLIO_BASE_URL")
        }
        self.base = base
        self.clientID = clientID
        self.clientSecret = clientSecret
        var configuration = HTTPConfiguration()
        configuration.totalTimeout = timeout
        configuration.connectTimeout = min(timeout, configuration.connectTimeout)
        configuration.maximumBodyBytes = 1 << 20
        http = HTTPClient(configuration)
    }

    /// Where a person consents in a browser.
    /// - Parameters:
    ///   - redirect: where the browser is sent afterwards; must be registered with the application.
    ///   - state: comes back unchanged, and shows that the answer belongs to this question.
    ///   - challenge: the S256 code challenge of PKCE; a server that knows none ignores it.
    public func authorizationURL(redirect: String, state: String, challenge: String) -> String {
        endpoint("authorize") + "?"
            + QueryString.form([
                ("response_type", "code"), ("client_id", clientID), ("redirect_uri", redirect), ("state", state),
                ("code_challenge", challenge), ("code_challenge_method", "S256"),
            ])
    }

    /// The page of Clio's own that shows the code to a person whose browser cannot reach this machine.
    public var approvalPage: String { endpoint("approval") }

    /// Exchanges a code for tokens.
    public func redeem(code: String, redirect: String, verifier: String) async throws(ClioError) -> Grant {
        let form = QueryString.form([
            ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", redirect), ("client_id", clientID),
            ("client_secret", clientSecret), ("code_verifier", verifier),
        ])
        let response = try await post("token", form, bearer: nil)
        guard response.status == 200, Intermediary(response) == nil else { throw refusal(response) }
        let grant = response.body.withUnsafeBytes { bytes in
            JSONParser.reading(bytes) { value -> Grant? in
                guard let token = value["access_token"]?.string, !token.isEmpty else { return nil }
                return Grant(
                    accessToken: token, refreshToken: value["refresh_token"]?.string,
                    lifetime: value["expires_in"]?.lifetime, scope: value["scope"]?.string)
            } ?? nil
        }
        guard let grant else {
            throw ClioError(.badPage, status: 200, "\(base.origin): the answer to the login names no token; try again")
        }
        return grant
    }

    /// Withdraws the application's consent of the user that the token belongs to.
    /// - Returns: false when the token was no longer valid.
    public func revoke(_ accessToken: String) async throws(ClioError) -> Bool {
        let response = try await post("deauthorize", "", bearer: accessToken)
        if let intermediary = Intermediary(response), let address = WebAddress(endpoint("deauthorize")) {
            throw Intermediary.error(
                ClioVerdict.shown(intermediary.description, without: accessToken), address, status: response.status,
                origin: base.origin)
        }
        switch response.status {
        case 200..<300: return true
        case 401: return false
        default:
            throw ClioError(
                .refused, status: response.status,
                "\(base.origin): Clio answered \(response.status) to the request to revoke the token; try again later")
        }
    }

    private func endpoint(_ name: String) -> String {
        let prefix = base.path.hasSuffix("/") ? String(base.path.dropLast()) : base.path
        return base.origin + prefix + "/oauth/" + name
    }

    private func post(_ name: String, _ form: String, bearer: String?) async throws(ClioError) -> HTTPResponse {
        guard let address = WebAddress(endpoint(name)) else {
            throw ClioError(.unusableServer, "the base URL is not usable; check CLIO_BASE_URL")
        }
        var headers: HTTPHeaders = [
            "Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json",
        ]
        if let bearer { headers["Authorization"] = "Bearer \(bearer)" }
        do throws(HTTPError) {
            return try await http.send(HTTPRequest(.post, address, headers: headers, body: Array(form.utf8)))
        } catch {
            throw ClioError(error.isTransient ? .unreachable : .unusableServer, error.description)
        }
    }

    /// The token end point's refusals, by the names of RFC 6749.
    private func refusal(_ response: HTTPResponse) -> ClioError {
        let name = response.body.withUnsafeBytes { bytes in
            JSONParser.reading(bytes) { $0["error"]?.string } ?? nil
        }
        let status = response.status
        if status != 429, let intermediary = Intermediary(response), let address = WebAddress(endpoint("token")) {
            guard status >= 500, status != 511 else {
                return Intermediary.error(
                    intermediary.description.replacing(clientSecret, with: "…"), address, status: status,
                    origin: base.origin)
            }
            return ClioError(
                .transient, status: status,
                "\(base.origin): \(intermediary.description.replacing(clientSecret, with: "…")); try again later")
        }
        switch name {
        case "invalid_client":
            return ClioError(
                .unauthorized, status: status,
                "\(base.origin) does not know this application, or its secret is wrong; check CLIO_CLIENT_ID, "
                    + "CLIO_CLIENT_SECRET and CLIO_REGION")
        case "invalid_grant":
            return ClioError(
                .unauthorized, status: status,
                "\(base.origin) does not accept the code: it was used already, is too old, or was given for another "
                    + "redirect; log in again")
        // Not what a server repeats of the form: the secret is in that.
        case let name? where name.utf8.allSatisfy({ 0x61...0x7A ~= $0 || $0 == 0x5F }) && name.utf8.count < 64:
            return ClioError(
                .refused, status: status, "\(base.origin) refused the login (\(status), \(name)); log in again")
        default:
            return ClioError(
                status >= 500 || status == 429 ? .transient : .refused, status: status,
                "\(base.origin) answered \(status) to the login; try again later")
        }
    }
}
