internal import Foundation
internal import Synchronization

extension Simulator {
    func oauth(_ incoming: Incoming, at time: Double) -> Answer {
        switch (incoming.method, incoming.path) {
        case ("GET", "/oauth/authorize"): authorize(incoming)
        case ("GET", "/oauth/approval"):
            .html("<html><title>Success code</title><body>The code is in the URL.</body></html>")
        case ("POST", "/oauth/token"): token(incoming, at: time)
        case ("POST", "/oauth/deauthorize"): deauthorize(incoming, at: time)
        default: .error(QueryError(status: 404, type: "NotFound", message: "There is nothing here."))
        }
    }

    /// Everybody consents at once: the browser is sent on with a code and the state that it came with.
    private func authorize(_ incoming: Incoming) -> Answer {
        let query = incoming.query
        guard query["response_type"] == "code" else { return Simulator.oauthError("unsupported_response_type", 400) }
        guard query["client_id"] == options.clientID else { return Simulator.oauthError("invalid_client", 401) }
        guard let redirect = query["redirect_uri"], redirect.hasPrefix("http"), !redirect.contains("#") else {
            return Simulator.oauthError("invalid_redirect_uri", 400)
        }
        let code = state.withLock { $0.tokens.code(redirect: redirect) }
        var target = redirect.hasSuffix("/oauth/approval") ? "http://\(incoming.host)/oauth/approval" : redirect
        target += (target.contains("?") ? "&" : "?") + "code=\(code)"
        if let state = query["state"] { target += "&state=\(Query.encoded(state))" }
        var answer = Answer.html("<html><body>Redirecting</body></html>", status: 302)
        answer.set("Location", target)
        return answer
    }

    private func token(_ incoming: Incoming, at time: Double) -> Answer {
        let form = Query(encoded: incoming.body)
        var id = form["client_id"]
        var secret = form["client_secret"]
        if id == nil, let basic = incoming.header("authorization"), basic.hasPrefix("Basic "),
            let plain = Data(base64Encoded: String(basic.dropFirst(6)))
        {
            let halves = String(decoding: plain, as: UTF8.self).split(separator: ":", maxSplits: 1)
            id = halves.first.map(String.init)
            secret = halves.count > 1 ? String(halves[1]) : ""
        }
        guard id == options.clientID, secret == options.clientSecret else {
            return Simulator.oauthError("invalid_client", 401)
        }
        let until = time + options.tokenLife
        switch form["grant_type"] {
        case "authorization_code":
            let pair = state.withLock { state -> (String, String)? in
                let owner = state.tokens.redeem(code: form["code"] ?? "", redirect: form["redirect_uri"] ?? "")
                guard let owner else { return nil }
                return (state.tokens.issue(until: until, to: owner), state.tokens.issueRefresh(to: owner))
            }
            guard let pair else { return Simulator.oauthError("invalid_grant", 400) }
            return grant(access: pair.0, refresh: pair.1)
        case "refresh_token":
            let access = state.withLock { state -> String? in
                guard let owner = state.tokens.owner(refresh: form["refresh_token"] ?? "") else { return nil }
                return state.tokens.issue(until: until, to: owner)
            }
            guard let access else { return Simulator.oauthError("invalid_grant", 400) }
            // Without a refresh token: the old one stays good.
            return grant(access: access, refresh: nil)
        default:
            return Simulator.oauthError("unsupported_grant_type", 400)
        }
    }

    private func grant(access: String, refresh: String?) -> Answer {
        var answer = Answer.json(
            Output.build { output in
                output.raw(#"{"token_type":"bearer","access_token":"#)
                output.string(access)
                output.raw(#","expires_in":"#)
                output.int(Int(options.tokenLife))
                if let refresh {
                    output.raw(#","refresh_token":"#)
                    output.string(refresh)
                }
                output.byte(0x7D)
            })
        answer.set("Cache-Control", "no-store")
        return answer
    }

    private func deauthorize(_ incoming: Incoming, at time: Double) -> Answer {
        let words = (incoming.header("authorization") ?? "").split(separator: " ")
        let valid = state.withLock { state -> Bool in
            guard words.count == 2, state.tokens.owner(String(words[1]), at: time) != nil else { return false }
            state.tokens.revoke(String(words[1]))
            return true
        }
        guard valid else {
            var answer = Answer.json(Simulator.invalidToken, status: 401)
            answer.set("WWW-Authenticate", #"Bearer error="invalid_token""#)
            return answer
        }
        return .json(Array("{}".utf8))
    }

    private static func oauthError(_ name: String, _ status: Int) -> Answer {
        .json(
            Output.build { output in
                output.raw(#"{"error":"#)
                output.string(name)
                output.raw(#","error_description":"#)
                output.string("The request was refused: \(name.replacing("_", with: " ")).")
                output.byte(0x7D)
            }, status: status)
    }
}
