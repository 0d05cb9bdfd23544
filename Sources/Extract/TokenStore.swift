internal import HTTP
internal import JSON
internal import Staging

/// The access token in use, and how to get another one.
public actor TokenStore {
    private var access: String {
        didSet { isAccepted = false }
    }
    private var isAccepted = false
    private var refreshToken: String?
    private let clientID: String?
    private let clientSecret: String?
    private let file: String?
    private let baseURL: String
    private var renewal: Task<Result<String, ClioError>, Never>?

    /// - Parameters:
    ///   - file: where a renewed token is kept; nil: in memory only.
    ///   - baseURL: the host that the tokens belong to.
    public init(
        accessToken: String, refreshToken: String? = nil, clientID: String? = nil, clientSecret: String? = nil,
        file: String? = nil, baseURL: String
    ) {
        access = accessToken
        self.refreshToken = refreshToken
        self.clientID = clientID
        self.clientSecret = clientSecret
        self.file = file
        self.baseURL = baseURL
    }

    /// The token to send.
    var current: String { access }

    /// Clio took a token: when it is refused later, it has only expired.
    func noteAccepted(_ token: String) {
        if token == access { isAccepted = true }
    }

    /// Whether a refused token was ever taken; one that was replaced meanwhile counts as such.
    func wasAccepted(_ token: String) -> Bool { token != access || isAccepted }

    /// A token that is not `stale`: another caller's renewal, or one of our own; never two at a time.
    func renewed(after stale: String, over http: HTTPClient, wall: Double) async throws(ClioError) -> String {
        if access != stale { return access }
        if let renewal { return try await renewal.value.get() }
        let task = Task { await self.renew(over: http, wall: wall) }
        renewal = task
        let result = await task.value
        renewal = nil
        return try result.get()
    }

    private func renew(over http: HTTPClient, wall: Double) async -> Result<String, ClioError> {
        // Another process may have renewed it already.
        if let file, let kept = try? TokenFile.read(file), kept.baseURL == baseURL, kept.accessToken != access {
            access = kept.accessToken
            refreshToken = kept.refreshToken ?? refreshToken
            return .success(access)
        }
        guard let refreshToken, let clientID, let clientSecret else {
            return .failure(
                ClioError(
                    .unauthorized, status: 401,
                    "Clio does not accept the access token, and it cannot be renewed without a refresh token and the "
                        + "client's id and secret; give CLIO_ACCESS_TOKEN a new one"))
        }
        guard let address = WebAddress(baseURL + "/oauth/token") else {
            return .failure(ClioError(.unusableServer, "the base URL is not usable; check CLIO_BASE_URL"))
        }
        let form = QueryString.form([
            ("grant_type", "refresh_token"), ("refresh_token", refreshToken), ("client_id", clientID),
            ("client_secret", clientSecret),
        ])
        let request = HTTPRequest(
            .post, address,
            headers: ["Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"],
            body: Array(form.utf8))
        for attempt in 1...3 {
            let response: HTTPResponse
            do throws(HTTPError) {
                response = try await http.send(request)
            } catch {
                if error.isTransient && attempt < 3 { continue }
                return .failure(ClioError(.transient, "renewing the access token: \(error)"))
            }
            if response.status >= 500 && attempt < 3 { continue }
            guard response.status == 200 else {
                return .failure(
                    ClioError(
                        response.status >= 500 || response.status == 429 ? .transient : .unauthorized,
                        status: response.status,
                        "Clio refused to renew the access token (\(response.status)); give CLIO_ACCESS_TOKEN a new one")
                )
            }
            return adopt(response, wall: wall)
        }
        return .failure(ClioError(.transient, "renewing the access token: Clio gave no answer; try again later"))
    }

    private func adopt(_ response: HTTPResponse, wall: Double) -> Result<String, ClioError> {
        let answer = response.body.withUnsafeBytes { bytes in
            JSONParser.reading(bytes) { value -> (token: String, refresh: String?, life: Int64?)? in
                guard let token = value["access_token"]?.string, !token.isEmpty else { return nil }
                return (token, value["refresh_token"]?.string, value["expires_in"]?.lifetime)
            } ?? nil
        }
        guard let answer else {
            return .failure(ClioError(.transient, "Clio's answer to the renewal of the token is no JSON; try again"))
        }
        access = answer.token
        // Clio leaves it out as a rule: the old one stays valid.
        if let refresh = answer.refresh, !refresh.isEmpty { refreshToken = refresh }
        if let file {
            let expires = answer.life.map { UTC.text(secondsSince1970: Int64(wall) + $0) }
            // What the login was given stays known.
            let scope = (try? TokenFile.read(file))?.scope
            let content = TokenFile(
                accessToken: access, refreshToken: refreshToken, expiresAt: expires, baseURL: baseURL, scope: scope)
            do throws(StagingError) {
                try content.write(to: file)
            } catch {
                return .failure(ClioError(.unauthorized, "the renewed token cannot be kept: \(error.description)"))
            }
        }
        return .success(access)
    }
}

extension JSONValue {
    /// Seconds that a token is good for: ten years at most, whatever is sent.
    var lifetime: Int64? { int64.map { min(max(0, $0), 315_360_000) } }
}
