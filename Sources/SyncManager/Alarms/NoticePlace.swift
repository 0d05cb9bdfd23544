/// Where a notice is delivered.
enum NoticePlace: String, Codable, CaseIterable, Sendable {
    /// `SYNC_NOTIFY_WEBHOOK_URL`.
    case webhook
    /// `SYNC_NOTIFY_COMMAND`.
    case command
    /// `SYNC_NOTIFY_EMAIL_TO`.
    case mail
}
