internal import HTTP
internal import JSON
public import Pipelines
public import Staging

/// One question to Clio without a second try: what a check wants to know, whatever the answer.
public struct Probe: Sendable {
    /// What is wrong with the token, by the two shapes of Clio's 401.
    public enum TokenTrouble: Sendable, Equatable {
        /// `{"error":{"type":"UnauthorizedError",…}}`: there is no token in what was sent.
        case malformed
        /// `{"error":"invalid_token",…}`: well-formed, but expired, revoked, or of another region.
        case invalid
    }

    /// The HTTP status; nil when no answer came.
    public var status: Int?
    /// Why no answer came, or why it cannot be Clio's.
    public var failure: String?
    /// Who answered in Clio's place, without tokens; nil: Clio did.
    public var blockedBy: String?
    /// Clio's own words about a refusal, without tokens.
    public var message = ""
    /// What to do about a failure, or about an answer that is not Clio's.
    public var remedy = ""
    /// Set when the status is 401.
    public var tokenTrouble: TokenTrouble?
    /// `data.id` and `data.name` of a single record.
    public var id: Int64?
    /// The record's name, where it has one.
    public var name: String?
    /// Whose token it is, where Clio says so.
    public var account: Account?
    /// `meta.records` of a list.
    public var records: Int?
    /// Requests per window, and those that are left in this one.
    public var limit: (limit: Int, remaining: Int)?
    /// The server's clock minus this machine's, in seconds.
    public var clockSkew: Double?
    /// Keys of the first record that no requested field covers.
    public var unrequested: [String] = []
    /// Requested fields that the first record lacks.
    public var missing: [String] = []
    /// From the start of the request to the last byte of the answer.
    public var seconds = 0.0
}

extension ClioClient {
    /// Asks who the token belongs to.
    public func probeUser() async -> Probe {
        let probe = await probe("users/who_am_i.json", [("fields", Self.identityFields[0])])
        guard probe.status == 400 else { return probe }
        return await self.probe("users/who_am_i.json", [("fields", Self.identityFields[1])])
    }

    /// Asks for one record of an entity, with all its fields and parameters.
    public func probe(_ entity: Entity) async -> Probe {
        let query =
            entity.parameters.map { ($0.name, $0.value) } + (entity.order.map { [("order", $0)] } ?? [])
            + [("limit", "1"), ("fields", entity.fieldsParameter)]
        return await probe("\(entity.endpoint).json", query, fields: entity.fields)
    }

    /// The field of an entity that a refusal names; nil when it names none.
    public static func fieldNamed(in message: String, of entity: Entity) -> String? {
        FieldList(wanted: entity.fields).named(in: message)
    }

    /// Renews the access token once.
    public func renewToken() async throws(ClioError) {
        try await renewToken(after: tokens.current)
    }

    /// Gets another token than a stale one; it is used only if it is of the same account.
    func renewToken(
        after stale: String, isStopping: @escaping @Sendable () -> Bool = { false }
    ) async throws(ClioError) {
        let isStopping: @Sendable () -> Bool = { [settings] in isStopping() || settings.isStopping() }
        let line = TokenStore.Line(
            send: { (request) async throws(HTTPError) in try await self.answer(to: request, isStopping: isStopping) },
            pause: { retry, seconds in
                guard let delay = self.retry.delay(beforeRetry: retry, atLeast: seconds, random: self.clock.random())
                else { return .enough }
                return await self.clock.wait(delay, isStopping) ? .over : .stopped
            })
        _ = try await tokens.renewed(after: stale, wall: clock.wall(), line) { token, isOwn in
            guard let expected = self.accountGuard.expected else { return TokenCheck() }
            do throws(ClioError) {
                let owner = try await self.owner(of: token, isStopping)
                return TokenCheck(
                    refusal: AccountGuard.refusal(of: owner.account, expecting: expected, isOwn: isOwn),
                    isAccepted: owner.isAccepted)
            } catch { return TokenCheck(refusal: error) }
        }
    }

    /// - Parameter fields: what a list is asked for; nil: it is a single record.
    private func probe(
        _ path: String, _ parameters: [(String, String)], fields: [String]? = nil
    ) async -> Probe {
        var probe = Probe()
        guard let address = address(path, parameters) else {
            probe.failure = unusable.description
            return probe
        }
        guard let ticket = await budget.acquire(priority: { 0 }, isStopping: settings.isStopping, onWait: { _, _ in })
        else {
            probe.failure = "stopped"
            return probe
        }
        let token = await tokens.current
        let response: HTTPResponse
        do throws(HTTPError) {
            response = try await get(address, token, isStopping: settings.isStopping)
        } catch {
            await budget.release(ticket, .none)
            probe.failure = error.cause
            probe.remedy = error.remedy ?? "try again later"
            return probe
        }
        let said = RateGovernor.Answer(response.headers, wall: clock.wall())
        let isLimited = response.status == 429
        await budget.release(
            ticket, said ?? .silent,
            limitedFor: isLimited ? RetryAfter.seconds(response.headers) ?? 0 : nil)
        probe.status = response.status
        probe.seconds = response.seconds
        probe.limit = RateHeaders.count(response.headers)
        // Whole seconds, somewhere between the request and now.
        probe.clockSkew = response.headers["Date"].flatMap(HTTPDate.seconds).map {
            $0 + 0.5 - (clock.wall() - response.seconds / 2)
        }
        if response.status != 429, let intermediary = Intermediary(response) {
            let who = ClioVerdict.shown(intermediary.description, without: token)
            probe.blockedBy = who
            probe.message = who
            probe.remedy =
                response.status >= 500 && response.status != 511
                ? "try again later" : Intermediary.remedy(response.status, address.origin)
            return probe
        }
        if let place = Self.redirect(response, from: address) {
            probe.failure = "\(address.origin) answered \(response.status), which leads to \(place)"
            probe.remedy = "sign in to this network in a browser if it asks for that; check CLIO_BASE_URL"
            return probe
        }
        let isWhole = read(response, fields, into: &probe)
        if 200..<300 ~= response.status, !isWhole {
            probe.failure =
                "\(address.origin) answered \(response.status), but with no \(fields == nil ? "user" : "list")"
            probe.remedy = "check CLIO_BASE_URL and the network between"
        }
        if response.status >= 400 {
            probe.message =
                token.isEmpty ? "" : ClioVerdict.shown(ClioVerdict.message(response), without: token)
        }
        return probe
    }

    /// Another host to which an answer redirects.
    private static func redirect(_ response: HTTPResponse, from address: WebAddress) -> String? {
        guard 300..<400 ~= response.status, let place = response.headers["Location"].flatMap({ WebAddress($0) }),
            !place.isSameOrigin(as: address)
        else { return nil }
        return place.origin
    }

    /// - Returns: whether the answer has what was asked for.
    private func read(_ response: HTTPResponse, _ fields: [String]?, into probe: inout Probe) -> Bool {
        let found = response.body.withUnsafeBytes { bytes in
            JSONParser.reading(bytes) { root in
                let data = root["data"]
                if let fields, let data {
                    var first: JSONValue?
                    data.forEachElement { first = first ?? $0 }
                    let answered = first.map { AnsweredFields($0, requested: fields) }
                    probe.unrequested = answered?.unrequested ?? []
                    probe.missing = answered?.missing ?? []
                }
                return (
                    isWhole: fields == nil ? data?["id"]?.int64 != nil : data?.kind == .array,
                    id: root["data"]?["id"]?.int64, name: root["data"]?["name"]?.string,
                    account: self.account(root), records: root["meta"]?["records"]?.int64,
                    isText: root["error"]?.string != nil
                )
            }
        }
        probe.id = found?.id
        probe.name = found?.name
        probe.account = found?.account
        probe.records = found?.records.map { Int($0) }
        if response.status == 401 { probe.tokenTrouble = found?.isText == true ? .invalid : .malformed }
        return found?.isWhole ?? false
    }
}
