internal import Bytes
internal import Extract
internal import Foundation
internal import Pipelines
internal import Staging

/// What Clio says: one request for the user, and one for each list with all the fields of its pipeline.
extension Doctor {
    /// Requests besides one for each list: the user, asked twice where a field is refused, and a renewal with the user again.
    private static let otherRequests = 4

    /// - Returns: the records that Clio counts over all lists; nil when it was not asked or does not count.
    func checkClio(_ settings: Settings, _ catalog: Catalog?, _ report: inout DoctorReport) async -> Int? {
        guard let (client, credentials) = token(settings, catalog, &report) else { return nil }
        guard let user = await checkToken(client, settings, credentials, catalog, &report) else { return nil }
        guard let catalog else {
            await checkLimit(user, client, settings, &report)
            return nil
        }
        var records: [String: Int] = [:]
        for entity in entities(catalog, settings) {
            let answer = await client.probe(entity)
            report.requests += 1
            check(answer, entity, &report)
            // Two phases may ask for parts of one list: the larger count holds the other.
            if let count = answer.records { records[entity.endpoint] = max(records[entity.endpoint] ?? 0, count) }
        }
        // All answers together show how long the window is.
        await checkLimit(user, client, settings, &report)
        return records.isEmpty ? nil : records.values.reduce(0, +)
    }

    private func token(
        _ settings: Settings, _ catalog: Catalog?, _ report: inout DoctorReport
    ) -> (client: ClioClient, credentials: Credentials)? {
        let credentials: Credentials
        do {
            credentials = try Credentials(settings, connection: connection)
        } catch let error as ConfigurationError {
            report.isTokenBad = true
            report.fail(
                "token", "there is none that could be used: \(error.description)", Credentials.loginCommand(connection))
            return nil
        } catch {
            report.fail("token", "\(error)", "fix that and run `cliosync doctor` again")
            return nil
        }
        do {
            var requests = ExtractSettings(settings, catalog ?? Catalog(phases: []), logger)
            // A visit is short: what the limit allows goes at once.
            requests.burst = max(requests.burst, (catalog?.entities.count ?? 0) + Self.otherRequests)
            let client = try ClioClient(
                requests, tokens: credentials.tokens, accessToken: credentials.accessToken, logger: logger)
            return (client, credentials)
        } catch {
            report.fail("token", "\(error)", "fix that and run `cliosync doctor` again")
            return nil
        }
    }

    /// What a run of this firm would fetch; everything while SYNC_PHASES has a fault.
    private func entities(_ catalog: Catalog, _ settings: Settings) -> [Entity] {
        guard let folder = try? ConnectionFolder(staging: staging, connection: connection),
            let selection = try? Selection(catalog, phases: [], entities: [], settings: settings, folder: folder)
        else { return catalog.entities }
        return selection.entities
    }

    /// The account of the token against that of the data.
    private func checkAccount(
        _ found: Account?, _ credentials: Credentials, _ catalog: Catalog?, _ report: inout DoctorReport
    ) -> Bool {
        var account = found ?? Account(baseURL: credentials.baseURL)
        account.credential = credentials.mark
        do {
            let folder = try ConnectionFolder(staging: staging, connection: connection)
            let pins = try AccountPins(folder, catalog?.entities ?? [], database: database)
            try pins.checkEachOther()
            try pins.check(account, credentials.origin)
            report.ok(
                "account",
                "\(account.firm), token from \(credentials.origin)"
                    + (pins.places.isEmpty ? "; no data is here yet" : ", as all that is here"))
            if let before = pins.places.first?.account, account.relation(to: before) == .otherUser {
                report.warn(
                    "account", "\(before.user) fetched what is here, and \(account.user) may see less",
                    "give the connection a token of the first, or of a user who sees everything")
            }
            return true
        } catch let error as AccountError {
            report.isOtherAccount = true
            report.fail("account", error.description, "give each firm its own --connection")
            return false
        } catch {
            report.fail("account", "\(error)", "fix that and run `cliosync doctor` again")
            return true
        }
    }

    private func checkToken(
        _ client: ClioClient, _ settings: Settings, _ credentials: Credentials, _ catalog: Catalog?,
        _ report: inout DoctorReport
    ) async -> Probe? {
        for line in NetworkFacts.lines { report.ok("network", line) }
        let canRenew = credentials.isRenewable
        var answer = await client.probeUser()
        report.requests += 1
        if answer.tokenTrouble != nil, canRenew {
            report.requests += 1
            do {
                try await client.renewToken()
                report.ok("token", "had expired and was renewed")
                answer = await client.probeUser()
                report.requests += 1
            } catch {
                report.isTokenBad = true
                report.fail(
                    "token", error.description,
                    "check CLIO_CLIENT_ID and CLIO_CLIENT_SECRET, then \(credentials.remedy)")
                return nil
            }
        }
        if let why = answer.failure {
            let remedy = answer.remedy.isEmpty ? "check the network, CLIO_REGION and CLIO_BASE_URL" : answer.remedy
            report.fail("network", why, remedy)
            return nil
        }
        if let who = answer.blockedBy {
            report.fail("network", "\(who), not Clio", answer.remedy)
            return nil
        }
        if let trouble = answer.tokenTrouble {
            report.isTokenBad = true
            report.fail("token", TokenAdvice.text(trouble, settings), "check CLIO_REGION, or " + credentials.remedy)
            return nil
        }
        switch answer.status ?? 0 {
        case 200:
            report.ok(
                "user",
                "the sync runs as \(answer.name ?? "a user without a name") (\(answer.id.map(String.init) ?? "?")) "
                    + "and sees what this user sees")
        case 403:
            report.warn(
                "user", "Clio does not say who the token belongs to (403)",
                "give the application the scope for users, then log in again")
        default:
            report.fail(
                "network", "\(settings.baseURL) answered \(answer.status ?? 0): \(answer.message)",
                "try again later; check CLIO_BASE_URL")
            return nil
        }
        guard checkAccount(answer.account, credentials, catalog, &report) else { return nil }
        if !canRenew {
            report.warn(
                "token", "is accepted, but cannot be renewed when it expires (30 days as a rule)",
                credentials.renewalAdvice)
        } else {
            report.ok("token", "is accepted, and renewed by itself")
        }
        checkClock(answer, &report)
        return answer
    }

    private func checkLimit(
        _ answer: Probe, _ client: ClioClient, _ settings: Settings, _ report: inout DoctorReport
    ) async {
        guard let limit = answer.limit else {
            return report.warn(
                "limit", "Clio's answer names no rate limit",
                "a proxy may strip X-RateLimit headers; 50 a minute is assumed")
        }
        let governor = await client.budget.standing.governor
        report.ok(
            "limit",
            "\(governor.text(limit: limit.limit)), \(limit.remaining) left in this window; a sync uses \(governor.budget)"
        )
        if limit.remaining * 2 < limit.limit {
            report.warn(
                "limit", "more than half of this window's requests are spent already: another program uses this token",
                "give each program its own Clio user, or lower SYNC_QUOTA_SHARE")
        }
    }

    private func checkClock(_ answer: Probe, _ report: inout DoctorReport) {
        guard let skew = answer.clockSkew else { return }
        let words = "\(Int(abs(skew).rounded())) s \(skew > 0 ? "behind" : "ahead of") Clio's"
        if abs(skew) < 30 {
            report.ok("clock", "agrees with Clio's")
        } else {
            report.warn("clock", "this machine's clock is \(words)", "set it (timedatectl set-ntp true)")
        }
    }

    private func check(_ answer: Probe, _ entity: Entity, _ report: inout DoctorReport) {
        let name = "\(entity.phase)/\(entity.name)"
        if let who = answer.blockedBy { return report.fail("access", "\(name): \(who), not Clio", answer.remedy) }
        if let why = answer.failure {
            return report.fail("access", "\(name): \(why)", answer.remedy.isEmpty ? "check the network" : answer.remedy)
        }
        switch answer.status ?? 0 {
        case 200..<300:
            let count = answer.records.map { ", \($0) records" } ?? ""
            report.ok("access", "\(name): readable with all \(entity.fields.count) fields\(count)")
            checkFields(answer, entity, &report)
        case 300..<400:
            report.warn(
                "access", "\(name): Clio sends the request on to another address", "cliosync extract follows it")
        case 400:
            let field = ClioClient.fieldNamed(in: answer.message, of: entity)
            report.warn(
                "fields",
                "\(name): Clio refuses " + (field.map { "the field \($0)" } ?? "a field or parameter")
                    + " (400: \(answer.message))",
                field == nil
                    ? "an extract finds the field, leaves it out and says so"
                    : "take it out of `fields` at \(place(field, entity)); an extract leaves it out and says so")
        case 403:
            report.fail(
                "access", "\(name): forbidden (403: \(answer.message))",
                "give the Clio user a role that may see \(entity.title.lowercased()), add the scope to the application, "
                    + "then `cliosync auth login` again; or take the list out at \(place(nil, entity))")
        case 429:
            report.warn("access", "\(name): not seen, Clio refuses for the rate (429)", "try again in a minute")
        case 401:
            report.isTokenBad = true
            report.fail(
                "access", "\(name): the token is not accepted any more (401)",
                Credentials.loginCommand(connection))
        default:
            report.fail(
                "access", "\(name): Clio answered \(answer.status ?? 0): \(answer.message)", "try again later")
        }
    }

    /// What Clio sends of a record against what is requested.
    private func checkFields(_ answer: Probe, _ entity: Entity, _ report: inout DoctorReport) {
        let name = "\(entity.phase)/\(entity.name)"
        for field in answer.missing {
            report.warn(
                "fields", "\(name): Clio leaves the field \(field) out of its answer",
                "take it out of `fields` at \(place(field, entity)); its columns stay empty")
        }
        for field in answer.unrequested {
            report.warn(
                "fields", "\(name): Clio sends \(field.prefix(64)), which no field requests and no column has",
                "add it to `fields` at \(place(field, entity)), with a column; until then it is in the raw layer only")
        }
    }

    /// The line of a field or an entity, with its folder.
    private func place(_ field: String?, _ entity: Entity) -> String {
        let folder = pipelines.hasSuffix("/") ? pipelines : pipelines + "/"
        return folder + FieldPlaces.place(of: field, in: entity, folder: pipelines)
    }
}
