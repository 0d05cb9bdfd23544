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
    /// What to do when the token is not accepted and cannot be renewed.
    nonisolated let remedy: String
    private var renewal: Task<Result<String, ClioError>, Never>?

    /// - Parameters:
    ///   - file: where a renewed token is kept; no other source's tokens lie there. nil: in memory only.
    ///   - baseURL: the host that the tokens belong to.
    ///   - remedy: what a person does when the token is not accepted and cannot be renewed.
    public init(
        accessToken: String, refreshToken: String? = nil, clientID: String? = nil, clientSecret: String? = nil,
        file: String? = nil, baseURL: String, remedy: String = "give CLIO_ACCESS_TOKEN a new one"
    ) {
        access = accessToken
        self.refreshToken = refreshToken
        self.clientID = clientID
        self.clientSecret = clientSecret
        self.file = file
        self.baseURL = baseURL
        self.remedy = remedy
    }

    /// Looks at a token before it is used; `isOwn`: it was renewed with this store's own refresh token.
    typealias Confirmation = @Sendable (_ token: String, _ isOwn: Bool) async -> TokenCheck

    /// The way to the server, with the waits between retries.
    struct Line: Sendable {
        /// How a wait before a retry ended.
        enum Pause { case over, stopped, enough }

        /// Sends one request; the error is `cancelled` when a stop ended it.
        let send: @Sendable (HTTPRequest) async throws(HTTPError) -> HTTPResponse
        /// Waits before a retry, counted from 1, at least so many seconds.
        let pause: @Sendable (_ retry: Int, _ seconds: Double?) async -> Pause
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
    func renewed(
        after stale: String, wall: Double, _ line: Line,
        confirm: @escaping Confirmation = { _, _ in TokenCheck() }
    ) async throws(ClioError) -> String {
        if access != stale { return access }
        if let renewal { return try await renewal.value.get() }
        let task = Task { await self.renew(wall: wall, line, confirm) }
        renewal = task
        let result = await task.value
        renewal = nil
        return try result.get()
    }

    private func renew(
        wall: Double, _ line: Line, _ confirm: Confirmation
    ) async -> Result<String, ClioError> {
        // Another process may have renewed it already, or a person may have logged in as another user.
        if let file, let kept = try? TokenFile.read(file), kept.baseURL == baseURL, kept.accessToken != access {
            let isOwn = kept.refreshToken != nil && kept.refreshToken == refreshToken
            let check = await confirm(kept.accessToken, isOwn)
            if let refusal = check.refusal { return .failure(refusal) }
            access = kept.accessToken
            isAccepted = check.isAccepted
            refreshToken = kept.refreshToken ?? refreshToken
            return .success(access)
        }
        guard let refreshToken, let clientID, let clientSecret else {
            return .failure(
                ClioError(
                    .unauthorized, status: 401,
                    "Clio does not accept the access token, and it cannot be renewed without a refresh token and the "
                        + "client's id and secret; " + remedy))
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
        var retries = 0
        while true {
            let trouble: ClioError
            var seconds: Double?
            do throws(HTTPError) {
                let response = try await line.send(request)
                guard let failure = failure(response, address, clientSecret, refreshToken) else {
                    return await adopt(response, wall: wall, confirm)
                }
                guard failure.isPassing else { return .failure(failure.error) }
                trouble = failure.error
                seconds = RetryAfter.seconds(response.headers)
            } catch {
                if error.kind == .cancelled { return .failure(ClioError(.stopped, "stopped")) }
                trouble = ClioError(.transient, "renewing the access token: \(error)")
                guard error.isTransient else { return .failure(trouble) }
            }
            retries += 1
            switch await line.pause(retries, seconds) {
            case .over: continue
            case .stopped: return .failure(ClioError(.stopped, "stopped"))
            case .enough: return .failure(trouble)
            }
        }
    }

    /// What is wrong with an answer to a renewal, and whether a retry may help; nil: it holds a token.
    private func failure(
        _ response: HTTPResponse, _ address: WebAddress, _ clientSecret: String, _ refreshToken: String
    ) -> (error: ClioError, isPassing: Bool)? {
        let status = response.status
        if status < 500, status != 429, let intermediary = Intermediary(response) {
            let who = intermediary.description.replacing(clientSecret, with: "…")
            let error = Intermediary.error(
                ClioVerdict.shown(who, without: refreshToken), address, status: status, origin: address.origin,
                kind: .unusableServer)
            // A password does not come by itself.
            return (error, status != 407)
        }
        guard status != 200 else { return nil }
        let isPassing = status >= 500 || status == 429 || status == 408 || status == 425
        return (
            ClioError(
                isPassing ? .transient : .unauthorized, status: status,
                "Clio refused to renew the access token (\(status)); " + (isPassing ? "try again later" : remedy)),
            isPassing
        )
    }

    private func adopt(
        _ response: HTTPResponse, wall: Double, _ confirm: Confirmation
    ) async -> Result<String, ClioError> {
        let answer = response.body.withUnsafeBytes { bytes in
            JSONParser.reading(bytes) { value -> (token: String, refresh: String?, life: Int64?)? in
                guard let token = value["access_token"]?.string, !token.isEmpty else { return nil }
                return (token, value["refresh_token"]?.string, value["expires_in"]?.lifetime)
            } ?? nil
        }
        guard let answer else {
            return .failure(ClioError(.transient, "Clio's answer to the renewal of the token is no JSON; try again"))
        }
        let mark = TokenFile.mark(baseURL: baseURL, accessToken: access, refreshToken: refreshToken)
        // Clio leaves it out as a rule: the old one stays valid.
        if let refresh = answer.refresh, !refresh.isEmpty { refreshToken = refresh }
        if let file {
            let expires = answer.life.map { UTC.text(secondsSince1970: Int64(wall) + $0) }
            // What the login was given stays known.
            let before = try? TokenFile.read(file)
            let content = TokenFile(
                accessToken: answer.token, refreshToken: refreshToken, expiresAt: expires, baseURL: baseURL,
                scope: before?.scope, folder: before?.folder, mark: before?.mark ?? mark)
            do throws(StagingError) {
                try content.write(to: file)
            } catch {
                return .failure(ClioError(.unauthorized, "the renewed token cannot be kept: \(error.description)"))
            }
        }
        // After it is kept: a refresh token that was good for once would be lost otherwise.
        let check = await confirm(answer.token, true)
        if let refusal = check.refusal { return .failure(refusal) }
        access = answer.token
        isAccepted = check.isAccepted
        return .success(access)
    }
}

extension JSONValue {
    /// Seconds that a token is good for: ten years at most, whatever is sent.
    var lifetime: Int64? { int64.map { min(max(0, $0), 315_360_000) } }
}
