internal import Extract
package import Progress

extension PresentToken {
    /// The token of a connection, by its settings and token files; nil: there is none, or it cannot be read.
    package init?(_ settings: Settings, connection: String) {
        guard let credentials = try? Credentials(settings, connection: connection) else { return nil }
        self.init(credentials)
    }

    package init(_ credentials: Credentials) {
        // As it is now: it may have been renewed since the credentials were read.
        let file = credentials.file.flatMap { try? TokenFile.read($0) }
        let isLogin = if case .login = credentials.source { true } else { false }
        self.init(
            mark: credentials.mark, expiresAt: file?.expiresAt, isRenewable: credentials.isRenewable, isLogin: isLogin)
    }
}
