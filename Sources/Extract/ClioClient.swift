internal import HTTP
public import Logging
internal import Staging

/// Asks Clio: budget, token, retries and every odd answer are dealt with here, so that callers see pages or one error.
public final class ClioClient: Sendable {
    let base: WebAddress
    let settings: ExtractSettings
    let clock: ExtractClock
    let logger: Logger
    let tokens: TokenStore
    let http: HTTPClient
    let accountGuard = AccountGuard()
    private let cutting = PageCutting()
    let retry: RetryPolicy
    /// The token's budget.
    public let budget: RequestBudget

    /// - Parameter accessToken: names the budget that is shared with other processes, when there is one.
    /// - Throws: when the base URL is no plain http or https URL, or is plain http to another machine.
    public init(
        _ settings: ExtractSettings, tokens: TokenStore, accessToken: String, logger: Logger,
        clock: ExtractClock = .system
    ) throws(ClioError) {
        guard let base = WebAddress(settings.baseURL), base.query == nil else {
            throw ClioError(
                .unusableServer, "the base URL is not of the form https://app.clio.com; check CLIO_BASE_URL")
        }
        guard base.scheme == "https" || base.isLoopback else {
            throw ClioError(
                .unusableServer, "\(base): a token is not sent over plain http to another machine; use https")
        }
        self.base = base
        self.settings = settings
        self.tokens = tokens
        self.clock = clock
        self.logger = logger
        retry = RetryPolicy(maximumRetries: settings.maximumRetries)
        var configuration = HTTPConfiguration()
        configuration.totalTimeout = settings.requestTimeout
        configuration.connectTimeout = settings.connectTimeout
        configuration.stallTimeout = settings.stallTimeout
        configuration.maximumBodyBytes = settings.maximumBodyBytes
        configuration.maximumConnections = max(1, settings.concurrency)
        if let file = settings.certificateFile { configuration.certificateFile = file }
        http = HTTPClient(configuration)
        budget = RequestBudget(
            RateGovernor.Settings(
                share: settings.share, requestsPerMinute: settings.requestsPerMinute, burst: settings.burst,
                concurrency: settings.concurrency),
            clock: clock,
            shared: settings.budgetFolder.flatMap { SharedBudget(folder: $0, token: accessToken, origin: base.origin) },
            heldUntil: settings.heldUntil, noteWait: settings.onWait)
    }

    /// The address of a path below `/api/v4`.
    func address(_ path: String, _ parameters: [(String, String)]) -> WebAddress? {
        let prefix = base.path.hasSuffix("/") ? String(base.path.dropLast()) : base.path
        let query = QueryString.query(parameters)
        return WebAddress(base.origin + prefix + "/api/v4/" + path + (query.isEmpty ? "" : "?" + query))
    }

    /// One page of a list, checked and cut.
    func page(_ address: WebAddress, _ checks: PageChecks, _ context: CallContext) async throws(ClioError) -> Page {
        let cutting = cutting
        let answer = try await send(address, context) { await cutting.cut($0.body, checks) }
        var cut = answer.value
        // Where more pages follow, it is the count of this page and not of the list.
        if cut.next != nil, let total = cut.total, total <= cut.records { cut.total = nil }
        return Page(cut: cut, address: address, serverTime: answer.response.headers["Date"].flatMap(HTTPDate.seconds))
    }

    /// A page and where it came from.
    struct Page: Sendable {
        var cut: CutPage
        let address: WebAddress
        /// When Clio sent it, by its own clock, seconds since 1970.
        let serverTime: Double?
    }

    struct Answer<Value: Sendable>: Sendable {
        let value: Value
        let response: HTTPResponse
    }

    /// Sends until there is an answer that `decode` accepts, or until it makes no sense any more.
    /// - Parameter fixed: the token to send, which is not renewed; nil: the one in use.
    func send<Value: Sendable>(
        _ start: WebAddress, with fixed: String? = nil, _ context: CallContext,
        decode: @Sendable (HTTPResponse) async -> Result<Value, PageFault>
    ) async throws(ClioError) -> Answer<Value> {
        var address = start
        var call = Call(context: context)
        while true {
            guard address.isSameOrigin(as: base) else {
                throw ClioError(
                    .foreignAddress,
                    "Clio's answer leads to \(address.origin), which is not \(base.origin); nothing was sent there; "
                        + "check CLIO_BASE_URL and the network between")
            }
            let token: String
            if let fixed { token = fixed } else { token = await tokens.current }
            let response: HTTPResponse
            switch await exchange(address, token: token, &call, decode) {
            case .done(let answer): return answer
            case .failed(let error): throw error
            case .again: continue
            case .verdict(let received): response = received
            }
            switch ClioVerdict(response) {
            case .redirect(let location):
                address = try redirected(location, from: address, &call)
            case .unauthorized where fixed != nil:
                throw ClioError(
                    .unauthorized, status: response.status, "Clio does not accept the access token; " + tokens.remedy)
            case .unauthorized:
                // A token may live for fewer requests than are under way.
                let hasExpired = await tokens.wasAccepted(token)
                guard call.renewals == 0 || (call.renewals < 20 && hasExpired) else {
                    throw ClioError(
                        .unauthorized, status: 401,
                        "Clio does not accept the renewed access token either; " + tokens.remedy)
                }
                call.renewals += 1
                try await renewToken(after: token, isStopping: call.context.isStopping)
            case .failed(.blocked, let who):
                throw Intermediary.error(
                    ClioVerdict.shown(who, without: token), address, status: response.status, origin: base.origin)
            case .failed(let kind, let message):
                throw ClioError(
                    kind, status: response.status,
                    "\(address.path): Clio answered \(response.status): \(ClioVerdict.shown(message, without: token))")
            case .success, .limited, .transient: continue
            }
        }
    }

    /// What one request has been through.
    private struct Call {
        let context: CallContext
        var retries = 0
        var limited = 0
        var redirects = 0
        var renewals = 0
    }

    private enum Step<Value: Sendable> {
        case done(Answer<Value>)
        case failed(ClioError)
        case again
        /// An answer that is neither a success nor a passing trouble.
        case verdict(HTTPResponse)
    }

    /// One request: turn, sending, and what passes by itself.
    private func exchange<Value: Sendable>(
        _ address: WebAddress, token: String, _ call: inout Call,
        _ decode: @Sendable (HTTPResponse) async -> Result<Value, PageFault>
    ) async -> Step<Value> {
        let context = call.context
        let ticket = await budget.acquire(priority: context.priority, isStopping: isStopping(context)) {
            context.onEvent(.waiting(entity: context.entity, until: $0 ?? 0, reason: $1))
        }
        guard var ticket else { return .failed(ClioError(.stopped, "stopped")) }
        context.onEvent(.requestStarted(entity: context.entity, stream: context.stream))
        let response: HTTPResponse
        do throws(HTTPError) {
            response = try await get(address, token, isStopping: isStopping(context))
        } catch {
            await budget.release(ticket, .none)
            context.onEvent(
                .requestFinished(entity: context.entity, stream: context.stream, status: nil, seconds: 0, bytes: 0))
            if error.kind == .cancelled { return .failed(ClioError(.stopped, "stopped")) }
            if !error.isTransient { return .failed(ClioError(.unusableServer, error.description)) }
            return await pause(&call, .unreachable, error.description)
        }
        // How long Clio takes says how many streams are needed; how long we take does not.
        ticket.answeredAt = clock.now()
        context.onEvent(
            .requestFinished(
                entity: context.entity, stream: context.stream, status: response.status, seconds: response.seconds,
                bytes: response.receivedBytes))
        let headers = RateGovernor.Answer(response.headers, wall: clock.wall())
        switch ClioVerdict(response) {
        case .limited(let seconds):
            await release(ticket, headers ?? .silent, limitedFor: seconds, context)
            return await limited(&call)
        case .transient(let reason, let seconds):
            // A gateway's error may have been counted, or may never have reached Clio's counter.
            await release(ticket, headers ?? .none, context)
            return await pause(&call, .transient, "\(address.path): \(reason)", atLeast: seconds)
        // Something between here and Clio, which may let the next request pass; a password does not come by itself.
        case .failed(.blocked, let who) where response.status != 407:
            await release(ticket, headers ?? .none, context)
            let shown = ClioVerdict.shown(who, without: token)
            return await pause(
                &call, "\(address.path): \(shown)", atLeast: RetryAfter.seconds(response.headers),
                orFailWith: Intermediary.error(shown, address, status: response.status, origin: base.origin))
        case .success:
            await tokens.noteAccepted(token)
            let decoded = await decode(response)
            switch decoded {
            case .success(let value):
                await release(ticket, headers ?? .silent, context)
                return .done(Answer(value: value, response: response))
            case .failure(.limited(let seconds)):
                await release(ticket, headers ?? .silent, limitedFor: seconds, context)
                return await limited(&call)
            case .failure(.damaged(let reason)):
                await release(ticket, headers ?? .silent, context)
                return await pause(&call, .badPage, "\(address.path): \(reason)")
            }
        default:
            await release(ticket, headers ?? .silent, context)
            return .verdict(response)
        }
    }

    /// Whether the caller or the whole run is being stopped.
    private func isStopping(_ context: CallContext) -> @Sendable () -> Bool {
        let (own, all) = (context.isStopping, settings.isStopping)
        return { own() || all() }
    }

    /// One request with the bearer, and nothing around it.
    func get(
        _ address: WebAddress, _ token: String, isStopping: @escaping @Sendable () -> Bool
    ) async throws(HTTPError) -> HTTPResponse {
        let request = HTTPRequest(
            .get, address, headers: ["Authorization": "Bearer \(token)", "Accept": "application/json"])
        return try await answer(to: request, isStopping: isStopping)
    }

    /// One request. An answer that is still to come some time after a stop is not waited for: the error is `cancelled`.
    func answer(
        to request: HTTPRequest, isStopping: @escaping @Sendable () -> Bool
    ) async throws(HTTPError) -> HTTPResponse {
        let (http, patience) = (http, settings.stopPatience)
        let sending = Task { () -> Result<HTTPResponse, HTTPError> in
            do throws(HTTPError) { return .success(try await http.send(request)) } catch { return .failure(error) }
        }
        let watch = Task {
            while !Task.isCancelled, !isStopping() { try? await Task.sleep(for: .milliseconds(100)) }
            try? await Task.sleep(for: .seconds(patience))
            if !Task.isCancelled { sending.cancel() }
        }
        defer { watch.cancel() }
        let result = await withTaskCancellationHandler {
            await sending.value
        } onCancel: {
            sending.cancel()
        }
        return try result.get()
    }

    private func release(
        _ ticket: RequestBudget.Ticket, _ answer: RateGovernor.Answer, limitedFor: Double? = nil,
        _ context: CallContext
    ) async {
        if let change = await budget.release(ticket, answer, limitedFor: limitedFor) {
            context.onEvent(.limitChanged(limit: change.limit, budget: change.budget))
        }
    }

    /// The budget itself holds everything back; the request only has to queue again.
    private func limited<Value: Sendable>(_ call: inout Call) async -> Step<Value> {
        call.limited += 1
        logger.warning(
            "Clio refused a request for the rate", metadata: ["entity": "\(call.context.entity)"])
        guard call.limited <= 20 else {
            return .failed(
                ClioError(.rateLimited, status: 429, "Clio refuses for the rate again and again; try again later"))
        }
        return .again
    }

    /// Waits before the next try, or gives up.
    /// - Parameter atLeast: seconds that the server asked for.
    private func pause<Value: Sendable>(
        _ call: inout Call, _ kind: ClioError.Kind, _ reason: String, atLeast: Double? = nil
    ) async -> Step<Value> {
        let last = "\(reason); \(call.retries) retries did not help; run again to continue"
        return await pause(&call, reason, atLeast: atLeast, orFailWith: ClioError(kind, last))
    }

    /// - Parameter error: what it fails with when it is time to give up.
    private func pause<Value: Sendable>(
        _ call: inout Call, _ reason: String, atLeast: Double?, orFailWith error: ClioError
    ) async -> Step<Value> {
        call.retries += 1
        let context = call.context
        guard let delay = retry.delay(beforeRetry: call.retries, atLeast: atLeast, random: clock.random()) else {
            return .failed(error)
        }
        context.onEvent(
            .retry(
                entity: context.entity, stream: context.stream, attempt: call.retries, delay: delay, reason: reason))
        logger.log(
            level: call.retries >= retry.warnsFrom || delay >= retry.longWait ? .warning : .info,
            "trying again: \(reason)",
            metadata: [
                "entity": "\(context.entity)", "retry": "\(call.retries)", "seconds": "\(Int(delay.rounded(.up)))",
            ])
        settings.onWait?(clock.wall() + max(delay, atLeast ?? 0))
        let isOver = await clock.wait(delay, isStopping(context))
        return isOver ? .again : .failed(ClioError(.stopped, "stopped"))
    }

    private func redirected(
        _ location: String, from address: WebAddress, _ call: inout Call
    ) throws(ClioError) -> WebAddress {
        call.redirects += 1
        let next = WebAddress(location.hasPrefix("/") && !location.hasPrefix("//") ? base.origin + location : location)
        guard call.redirects <= 3, let next else {
            throw ClioError(
                .missing,
                "\(address.path): Clio redirects to no list; this user or plan may not have it")
        }
        return next
    }
}
