internal import Account
internal import Foundation
internal import HTTP

/// Where alarms go by mail: the server, its login, and the people.
struct MailAccount: Sendable, Equatable {
    let server: MailServer
    let user: String?
    let password: String?
    let from: String
    let to: [String]

    /// nil: the settings name no recipient, or no server, which `problem` says.
    init?(_ settings: Settings) {
        guard let to = settings.notifyEmailTo, let text = settings.smtpURL, let server = MailServer(text) else {
            return nil
        }
        self.server = server
        user = settings.smtpUser
        password = settings.smtpPassword
        from = settings.notifyEmailFrom ?? to[0]
        self.to = to
    }

    /// What is missing; nil: nothing, or no mail is wanted.
    static func problem(_ settings: Settings) -> String? {
        if settings.notifyEmailTo != nil, settings.smtpURL == nil {
            return
                "SYNC_NOTIFY_EMAIL_TO is set and SYNC_SMTP_URL is not: no alarm is sent by mail; set SYNC_SMTP_URL to "
                + "the mail server, for example smtp://mail.example.com:587"
        }
        return settings.smtpUser != nil && settings.smtpPassword == nil
            ? "SYNC_SMTP_USER is set without SYNC_SMTP_PASSWORD" : nil
    }

    /// Sends a notice to all of them.
    func send(_ notice: any Notice, timeout: Double) async -> Notifier.Outcome {
        let message = EmailMessage(
            from: from, to: to, subject: notice.text, body: notice.body, date: Date().timeIntervalSince1970,
            id: UUID().uuidString.lowercased())
        var configuration = HTTPConfiguration()
        configuration.totalTimeout = timeout
        configuration.connectTimeout = min(configuration.connectTimeout, timeout)
        let client = MailClient(server, user: user, password: password, configuration: configuration)
        do throws(MailClient.Failure) {
            try await client.send(message.text, from: from, to: to)
            return .delivered
        } catch {
            switch error {
            case .refused(let why): return .refused(why)
            case .unreachable(let why): return .failed(why)
            }
        }
    }
}
