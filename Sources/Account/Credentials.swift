internal import Bytes
package import Extract
internal import Foundation
internal import Hashing
internal import Staging

/// What a run may ask Clio with: one source, chosen at the start. Another one never takes its place.
public struct Credentials: Sendable, Equatable {
    /// Where tokens are from.
    public enum Source: Sendable, Equatable {
        /// `CLIO_ACCESS_TOKEN` in the environment or a file: `the environment`, `.env`, `connections/smith.env`.
        case variable(String)
        /// `cliosync auth login`, in this token file.
        case login(String)
    }

    /// Where they are from.
    public let source: Source
    package let accessToken: String
    let refreshToken: String?
    let clientID: String?
    let clientSecret: String?
    package let baseURL: String
    let connection: String
    /// Where a renewed token is kept.
    package let file: String?
    /// Represents these tokens where Clio does not say whose they are; renewals do not change it.
    package let mark: String

    /// Chooses the source: variables before a stored login.
    /// - Throws: `ConfigurationError` that says what to do when there is none.
    package init(_ settings: Settings, connection: String) throws {
        try self.init(settings, connection: connection, files: LoginFiles())
    }

    init(_ settings: Settings, connection: String, files: LoginFiles?) throws {
        self.connection = connection
        baseURL = settings.baseURL
        clientID = settings.clientID
        clientSecret = settings.clientSecret
        if let access = settings.accessToken {
            source = .variable(settings.tokenSource ?? "the environment")
            mark = TokenFile.mark(
                baseURL: baseURL, accessToken: access, refreshToken: settings.refreshToken)
            let path = settings.refreshToken.flatMap { refresh in
                files?.renewed(baseURL: settings.baseURL, accessToken: access, refreshToken: refresh)
            }
            // An earlier process may have renewed exactly these.
            let kept = path.flatMap { try? TokenFile.read($0) }
            accessToken = kept?.accessToken ?? access
            refreshToken = kept?.refreshToken ?? settings.refreshToken
            file = path
            return
        }
        let login = Self.loginCommand(connection)
        if let place = settings.loneRefreshToken {
            throw ConfigurationError(
                "\(place) has CLIO_REFRESH_TOKEN and no CLIO_ACCESS_TOKEN; add the access token that came with it, or remove it "
                    + "to use a login (`\(login)`)")
        }
        let stored = try files.flatMap { files throws(StagingError) in
            try TokenFile.read(files.login(connection)).map { (files.login(connection), $0) }
        }
        guard let (path, content) = stored else {
            var text = "there is no access token for \(settings.baseURL); run `\(login)`, or set CLIO_ACCESS_TOKEN in "
            text += connection == "default" ? ".env" : "\(Connections.folder)/\(connection).env"
            if connection != "default" {
                if let place = settings.otherTokenSource {
                    text += "; the one in \(place) is that of the connection default"
                }
                let names = (try? Connections.all(defaultTokenSource: nil).map(\.name)) ?? []
                text += Connections.hint(connection, among: names)
            }
            if let files, try Files.exists(files.earlierLogin(connection)) {
                text +=
                    " (\(files.earlierLogin(connection)) is a login of an earlier version, which names no project folder: "
                    + "log in here, then delete it)"
            }
            throw ConfigurationError(text)
        }
        // A token of another region's host would be sent where it does not belong.
        guard content.baseURL == settings.baseURL else {
            throw ConfigurationError(
                "the login of \(connection) is of \(content.baseURL), the settings say \(settings.baseURL); set CLIO_REGION to "
                    + "the firm's region, or run `\(login)` again")
        }
        source = .login(path)
        accessToken = content.accessToken
        refreshToken = content.refreshToken
        file = path
        mark =
            content.mark
            ?? TokenFile.mark(
                baseURL: baseURL, accessToken: content.accessToken, refreshToken: content.refreshToken)
    }

    static func loginCommand(_ connection: String) -> String {
        "cliosync auth login" + (connection == "default" ? "" : " --connection \(connection)")
    }

    /// Where the token is from, for a sentence.
    public var origin: String {
        switch source {
        case .variable(let place): place
        case .login: "the stored login of \(connection)"
        }
    }

    /// What to do when Clio does not accept the token.
    public var remedy: String {
        switch source {
        case .login: "run `\(Self.loginCommand(connection))` again"
        case .variable(let place):
            refreshToken == nil
                ? "give CLIO_ACCESS_TOKEN a new value in \(place)"
                : "give CLIO_ACCESS_TOKEN and CLIO_REFRESH_TOKEN new values in \(place)"
        }
    }

    /// How to get a token that is renewed by itself.
    var renewalAdvice: String {
        let login = "set CLIO_CLIENT_ID and CLIO_CLIENT_SECRET and run `\(Self.loginCommand(connection))`"
        return switch source {
        case .login: login
        case .variable(let place):
            "set CLIO_REFRESH_TOKEN, CLIO_CLIENT_ID and CLIO_CLIENT_SECRET in \(place); or log in instead: remove "
                + "CLIO_ACCESS_TOKEN from it, \(login)"
        }
    }

    /// Whether an expired token can be renewed without a person.
    package var isRenewable: Bool { refreshToken != nil && clientID != nil && clientSecret != nil }

    /// The tokens, to be sent and renewed.
    package var tokens: TokenStore {
        TokenStore(
            accessToken: accessToken, refreshToken: refreshToken, clientID: clientID, clientSecret: clientSecret,
            file: file, baseURL: baseURL, remedy: remedy)
    }
}
