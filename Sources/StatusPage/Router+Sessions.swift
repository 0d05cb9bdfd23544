extension Router {
    /// The form that asks for the token, and what was put in.
    func login(_ request: WebRequest) async -> WebResponse {
        guard gate.hasLogin else { return .redirect("/") }
        guard request.method == "POST" else { return .html(200, shell.login(wrong: false)) }
        guard gate.isSameOrigin(request) else {
            return .html(403, shell.notice(title: "Refused", text: "This form was not sent from this page."))
        }
        guard let (_, cookie) = gate.login(request.form["token"] ?? "") else {
            // Guessing is hopeless with a token of this length; it need not be quick either.
            try? await Task.sleep(for: .milliseconds(300))
            return .html(401, shell.login(wrong: true))
        }
        var response = WebResponse.redirect("/")
        response.set("Set-Cookie", cookie)
        return response
    }

    /// A request with a firm's link.
    func follow(_ request: WebRequest, firm: String, signature: String) -> WebResponse {
        // Who may see the page anyway keeps what he may do.
        if gate.grant(request)?.mayView(firm) == true { return .html(200, shell.onward(to: "/firms/\(firm)")) }
        guard
            let (_, cookie) = gate.follow(
                firm: firm, expires: request.query["expires"] ?? "", signature: signature)
        else {
            return .html(
                403,
                shell.notice(title: "This link is over", text: "Ask the sender for a new one."))
        }
        var response = WebResponse.html(200, shell.onward(to: "/firms/\(firm)"))
        response.set("Set-Cookie", cookie)
        return response
    }
}
