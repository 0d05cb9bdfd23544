import Foundation
import StatusPage
import SyncManager

/// Tells the page how long the access to a firm's Clio lasts; Clio is not asked, and no token leaves this.
struct LoginExpiry {
    let envFile: String?
    let staging: String

    /// nil: there is no token, or it cannot be read; the next run says so.
    func facts(_ connection: String) -> LoginFacts? {
        guard let settings = try? Connections.settings(connection, envFile: envFile, staging: staging, for: []),
            let kept = Login.kept(connection: connection, settings: settings)
        else { return nil }
        return LoginFacts(expiresAt: kept.expiresAt, isRenewable: kept.isRenewable, now: Date().timeIntervalSince1970)
    }
}
