internal import Foundation

/// Which address answers what, to whom.
struct Router: Sendable {
    let options: StatusPageOptions
    let hub: StatusHub
    let gate: Gate
    let clock: @Sendable () -> Double
    let streams: StreamCount
    let heartbeat: Double
    let assets = Assets()

    var shell: PageShell { PageShell(assets: assets) }

    /// Placeholder for a session's form token in a page that is rendered once for all.
    static let tokenMark = "form-token-\(Secrets.randomWord())"

    func respond(_ request: WebRequest) async -> WebResponse {
        var response = await answer(request)
        secure(&response)
        return response
    }

    private func answer(_ request: WebRequest) async -> WebResponse {
        guard ["GET", "HEAD", "POST"].contains(request.method) else { return .text(405, "GET, HEAD and POST only") }
        // Before everything else, and telling nothing: a load balancer asks under any name.
        if request.path == ["healthz"] { return request.method == "POST" ? .text(405, "GET only") : .text(200, "ok") }
        guard gate.allowsHost(request) else {
            return .text(
                421, "this page answers to localhost only; behind another name, start it with --public-url")
        }
        if let file = assets.file(request.path) { return asset(file) }
        if request.path == ["login"] { return await login(request) }
        if request.path.count == 2, request.path[0] == "firms", let signature = request.query["signature"] {
            return follow(request, firm: request.path[1], signature: signature)
        }
        if let grant = gate.grant(request) { return await route(request, grant) }
        if let (grant, cookie) = gate.openSession() {
            // On this machine without a token: the session only ties forms to the browser that got them.
            var response = await route(request, grant)
            let isForBrowsers = ["text/html", "text/event-stream"].contains {
                response.header("Content-Type")?.hasPrefix($0) == true
            }
            if request.method == "GET", isForBrowsers {
                response.set("Set-Cookie", cookie)
            }
            return response
        }
        return refuse(request)
    }

    /// Not logged in: a person gets the form, a program the status.
    private func refuse(_ request: WebRequest) -> WebResponse {
        let isProgram = ["api", "metrics", "events"].contains(request.path.first ?? "")
        var response: WebResponse =
            if isProgram {
                .json(ErrorReport(error: "a token is needed: Authorization: Bearer TOKEN"), status: 401)
            } else if gate.hasLogin {
                .html(401, shell.login(wrong: false))
            } else {
                .html(
                    401,
                    shell.notice(
                        title: "Sync status", text: "This page opens with the link that you were given; it may be over."
                    ))
            }
        response.set("WWW-Authenticate", "Bearer realm=\"cliosync\"")
        return response
    }

    private func route(_ request: WebRequest, _ grant: Grant) async -> WebResponse {
        if request.method == "POST" { return await act(request, grant) }
        switch request.path {
        case []:
            guard grant.mayOperate else { return only(grant) }
            return overview(request, grant)
        case ["metrics"]:
            guard grant.mayOperate else { return missing(request) }
            return WebResponse(
                200, type: "text/plain; version=0.0.4; charset=utf-8",
                bytes: await hub.metrics(version: options.version, watchers: streams.number))
        case ["api", "status"]:
            return .json(await hub.report { grant.mayView($0) })
        case ["events"]: return events(request, grant)
        default:
            return await connection(request, grant)
        }
    }

    /// What is below a connection's name.
    private func connection(_ request: WebRequest, _ grant: Grant) async -> WebResponse {
        let path = request.path
        if path.count == 3, path[0] == "api", path[1] == "status", let status = visible(path[2], grant) {
            return .json(ConnectionReport(status))
        }
        guard path.count >= 2, path[0] == "firms", let status = visible(path[1], grant) else { return missing(request) }
        switch Array(path.dropFirst(2)) {
        case []: return await firm(request, grant, status)
        case ["flagged"]: return await flagged(request, grant, status)
        case let rest where rest.first == "runs": return await run(request, grant, status, Array(rest.dropFirst()))
        default: return missing(request)
        }
    }

    private func visible(_ name: String, _ grant: Grant) -> ConnectionStatus? {
        grant.mayView(name) ? hub.snapshot.connection(name) : nil
    }

    /// The same answer for what does not exist and for what belongs to another firm.
    func missing(_ request: WebRequest) -> WebResponse {
        if request.path.first == "api" || request.path.first == "events" {
            return .json(ErrorReport(error: "there is nothing here"), status: 404)
        }
        return .html(404, shell.notice(title: "Nothing here", text: "There is no page at this address."))
    }

    // MARK: Pages

    private func overview(_ request: WebRequest, _ grant: Grant) -> WebResponse {
        let query = FirmListQuery(request.query)
        return .html(
            200,
            shell.page(
                title: "Sync status", live: "/events" + query.address, banner: FirmListView.banner,
                main: FirmListView(snapshot: hub.snapshot, query: query).main, formToken: gate.formToken(grant),
                mayLeave: gate.hasLogin && grant.session != nil))
    }

    private func firm(_ request: WebRequest, _ grant: Grant, _ status: ConnectionStatus) async -> WebResponse {
        let flash = request.query["said"].flatMap { hub.flash($0, firm: status.name) }
        let details = await hub.details(status.name)
        let view = view(status, details, grant, formToken: gate.formToken(grant), flash: flash)
        return .html(
            200,
            shell.page(
                title: "\(status.name): \(status.state.rawValue)", live: "/events?firm=\(status.name)",
                banner: FirmView.banner(status.name, mayViewAll: grant.mayOperate), main: view.main,
                formToken: gate.formToken(grant), mayLeave: gate.hasLogin && grant.session != nil))
    }

    func view(
        _ status: ConnectionStatus, _ details: FirmDetails, _ grant: Grant, formToken: String, flash: Flash? = nil
    ) -> FirmView {
        FirmView(
            status: status, details: details, now: hub.snapshot.time, mayOperate: grant.mayOperate,
            mayResume: options.resume != nil, formToken: formToken, flash: flash)
    }

    /// A link shows one page only: that one.
    private func only(_ grant: Grant) -> WebResponse {
        guard case .firm(let name) = grant.scope else { return .redirect("/") }
        return .redirect("/firms/\(name)")
    }

    private func asset(_ file: Assets.File) -> WebResponse {
        var response = WebResponse(200, type: file.type, file.text)
        // No one's data; the name changes with the content.
        response.set("Cache-Control", "public, max-age=31536000, immutable")
        return response
    }

    /// Headers of every answer: nothing may be loaded from elsewhere, framed, guessed or kept.
    private func secure(_ response: inout WebResponse) {
        response.set(
            "Content-Security-Policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
                + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
        response.set("X-Content-Type-Options", "nosniff")
        response.set("X-Frame-Options", "DENY")
        // Not `no-referrer`: browsers would then send `Origin: null` with our own forms.
        response.set("Referrer-Policy", "same-origin")
        response.set("Cross-Origin-Opener-Policy", "same-origin")
        response.set("Cross-Origin-Resource-Policy", "same-origin")
        response.set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        response.set("X-Robots-Tag", "noindex")
        if response.header("Cache-Control") == nil { response.set("Cache-Control", "no-store") }
    }
}
