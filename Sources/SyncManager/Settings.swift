internal import Foundation
internal import HTTP
internal import Staging

/// Everything that environment variables or a `.env` file can say.
public struct Settings: Sendable {
    /// Where Clio is: `https://app.clio.com` or another region's host, or `CLIO_BASE_URL`.
    public var baseURL: String
    /// `CLIO_ACCESS_TOKEN`; nil: the token file.
    public var accessToken: String?
    /// `CLIO_REFRESH_TOKEN`, from where the access token is.
    public var refreshToken: String?
    /// Where the tokens are from: `the environment`, `.env` or `connections/smith.env`.
    public var tokenSource: String?
    /// `CLIO_CLIENT_ID`.
    public var clientID: String?
    /// `CLIO_CLIENT_SECRET`.
    public var clientSecret: String?
    /// Records per page by the name of their setting, for example `SYNC_BATCH_SIZE_MATTERS`.
    public var batchSizes: [String: Int]
    /// `SYNC_MAX_CONCURRENT_REQUESTS`.
    public var maximumConcurrentRequests: Int
    /// `SYNC_MAX_CONCURRENT_JOBS` on this machine and staging folder.
    public var maximumConcurrentJobs: Int
    /// `SYNC_REQUEST_TIMEOUT_MS`.
    public var requestTimeoutMilliseconds: Int
    /// `SYNC_JOB_MAX_RUNTIME_HOURS`, per run.
    public var maximumRuntimeHours: Double
    /// `SYNC_RATE_LIMIT_REQUESTS_PER_MINUTE`; nil: the share of what the headers allow.
    public var requestsPerMinute: Int?
    /// `SYNC_RATE_LIMIT_BURST`.
    public var burst: Int
    /// `SYNC_QUOTA_SHARE` of Clio's limit.
    public var quotaShare: Double
    /// `SYNC_STATUS_TOKEN`, which opens the status page.
    public var statusToken: String?
    /// `SYNC_STATUS_LINK_SECRET`, which signs links to the status page.
    public var statusLinkSecret: String?
    /// `SYNC_MASK_KEY`, the key of masks; nil: that in the firm's folder of staged files.
    public var maskKey: String?
    /// `SYNC_WINDOW`: the hours in which requests may be made; nil: always.
    public var window: SyncWindow?
    /// `SYNC_STALL_MINUTES` without progress raise an alarm.
    public var stallMinutes: Double
    /// `SYNC_NOTIFY_WEBHOOK_URL`: alarms are posted there. A secret: it is never shown.
    public var notifyWebhook: String?
    /// `SYNC_NOTIFY_COMMAND`: alarms are given to this shell command.
    public var notifyCommand: String?
    /// The region, `us`, `eu`, `ca` or `au`; nil when only `CLIO_BASE_URL` says where Clio is.
    public var region: String?
    /// Names in the environment that look like settings and are none, and what is wrong with settings that the command does
    /// not use.
    public var warnings: [String] = []

    /// Hosts of Clio's four separate worlds.
    public static let regions = [
        "us": "https://app.clio.com", "eu": "https://eu.app.clio.com", "ca": "https://ca.app.clio.com",
        "au": "https://au.app.clio.com",
    ]

    /// Every variable that is read, for the docs and their test.
    public static let names =
        [
            "CLIO_REGION", "CLIO_BASE_URL", "CLIO_ACCESS_TOKEN", "CLIO_REFRESH_TOKEN", "CLIO_CLIENT_ID",
            "CLIO_CLIENT_SECRET", "SYNC_MAX_CONCURRENT_REQUESTS", "SYNC_MAX_CONCURRENT_JOBS", "SYNC_REQUEST_TIMEOUT_MS",
            "SYNC_JOB_MAX_RUNTIME_HOURS", "SYNC_RATE_LIMIT_REQUESTS_PER_MINUTE", "SYNC_RATE_LIMIT_BURST",
            "SYNC_QUOTA_SHARE", "SYNC_WINDOW", "SYNC_STALL_MINUTES", "SYNC_NOTIFY_WEBHOOK_URL", "SYNC_NOTIFY_COMMAND",
            "SYNC_STATUS_TOKEN", "SYNC_STATUS_LINK_SECRET", "SYNC_MASK_KEY",
        ] + batchNames

    /// The brief's batch settings; the pipelines may name more.
    public static let batchNames = [
        "SYNC_BATCH_SIZE_MATTERS", "SYNC_BATCH_SIZE_CONTACTS", "SYNC_BATCH_SIZE_CALENDAR", "SYNC_BATCH_SIZE_TASKS",
        "SYNC_BATCH_SIZE_DOCUMENTS", "SYNC_BATCH_SIZE_TIME_ENTRIES",
    ]

    /// What commands use that ask Clio nothing and write into no job: the settings of alarms and of the time limit.
    public static let localNames: Set<String> = [
        "SYNC_JOB_MAX_RUNTIME_HOURS", "SYNC_STALL_MINUTES", "SYNC_NOTIFY_WEBHOOK_URL", "SYNC_NOTIFY_COMMAND",
    ]

    /// Reads and checks all settings.
    /// - Parameters:
    ///   - environment: the process's environment.
    ///   - envFile: a `.env` file somebody named; nil: `.env` in the current folder if there is one.
    ///   - connectionFile: the firm's own settings, usually `connections/NAME.env`; what it says of the firm's Clio
    ///     account (`CLIO_…`) wins over everything, what else it says over the `.env` file.
    ///   - tokens: where the firm's tokens may come from, so that no firm is read with another one's token.
    ///   - batchSettings: the names that the pipelines use.
    ///   - used: the settings that the command uses; what is wrong with another one is a warning. nil: all.
    /// - Throws: an error that names the variable.
    public init(
        environment: [String: String], envFile: String? = nil, connectionFile: String? = nil,
        tokens: TokenSources = .all, batchSettings: [String] = Settings.batchNames, used: Set<String>? = nil
    ) throws(ConfigurationError) {
        var reader = try SettingsReader(
            environment: environment, file: envFile ?? ".env", mustExist: envFile != nil,
            connectionFile: connectionFile, names: SettingNames(batchSettings: batchSettings), used: used)
        baseURL =
            try reader.value(of: "CLIO_BASE_URL") { (reader) throws(ConfigurationError) in
                try Self.baseURL(reader)
            }
            ?? ""
        region = reader.text("CLIO_BASE_URL") == nil ? reader.text("CLIO_REGION")?.lowercased() ?? "us" : nil
        let found = reader.tokens(from: tokens)
        accessToken = found?.access
        refreshToken = found?.refresh
        tokenSource = found?.source
        clientID = reader.text("CLIO_CLIENT_ID")
        clientSecret = reader.text("CLIO_CLIENT_SECRET")
        batchSizes = [:]
        for name in batchSettings {
            if let size = try reader.integer(name, in: 1...100_000) { batchSizes[name] = size }
        }
        maximumConcurrentRequests = try reader.integer("SYNC_MAX_CONCURRENT_REQUESTS", in: 1...1000) ?? 50
        maximumConcurrentJobs = try reader.integer("SYNC_MAX_CONCURRENT_JOBS", in: 1...1000) ?? 3
        requestTimeoutMilliseconds = try reader.integer("SYNC_REQUEST_TIMEOUT_MS", in: 100...3_600_000) ?? 30_000
        maximumRuntimeHours = try reader.decimal("SYNC_JOB_MAX_RUNTIME_HOURS", in: 0.0001...8760) ?? 24
        requestsPerMinute = try reader.integer("SYNC_RATE_LIMIT_REQUESTS_PER_MINUTE", in: 1...1_000_000)
        burst = try reader.integer("SYNC_RATE_LIMIT_BURST", in: 1...10_000) ?? 10
        statusToken = reader.text("SYNC_STATUS_TOKEN")
        statusLinkSecret = reader.text("SYNC_STATUS_LINK_SECRET")
        maskKey = try reader.value(of: "SYNC_MASK_KEY") { (reader) throws(ConfigurationError) -> String? in
            guard let key = reader.text("SYNC_MASK_KEY"), key.utf8.count < MaskKey.shortest else {
                return reader.text("SYNC_MASK_KEY")
            }
            throw ConfigurationError("SYNC_MASK_KEY: expected \(MaskKey.shortest) characters or more")
        }
        quotaShare = try reader.decimal("SYNC_QUOTA_SHARE", in: 0.1...1.0) ?? 0.9
        stallMinutes = try reader.decimal("SYNC_STALL_MINUTES", in: 0.001...100_000) ?? 30
        notifyCommand = reader.text("SYNC_NOTIFY_COMMAND")
        notifyWebhook = try reader.value(of: "SYNC_NOTIFY_WEBHOOK_URL") {
            (reader) throws(ConfigurationError) -> String? in
            guard let text = reader.text("SYNC_NOTIFY_WEBHOOK_URL") else { return nil }
            // The address is a secret as a rule: the message does not repeat it.
            guard WebAddress(text) != nil else {
                throw ConfigurationError("SYNC_NOTIFY_WEBHOOK_URL: expected a whole https or http address")
            }
            return text
        }
        window = try reader.value(of: "SYNC_WINDOW") { (reader) throws(ConfigurationError) in
            try Self.window(reader)
        }
        warnings = reader.warnings
    }

    private static func window(_ reader: SettingsReader) throws(ConfigurationError) -> SyncWindow? {
        guard let text = reader.text("SYNC_WINDOW") else { return nil }
        do {
            return try SyncWindow(text)
        } catch {
            throw ConfigurationError("SYNC_WINDOW (from \(reader.source("SYNC_WINDOW"))): \(error.description)")
        }
    }

    /// Where the tokens of a connection may come from.
    public enum TokenSources: Sendable {
        /// The environment and all files.
        case all
        /// Not the `.env` file, which is another firm's when this one has files of its own.
        case notEnvFile
        /// The connection's own file only: several firms run in one process.
        case connectionFile
    }

    private static func baseURL(_ reader: SettingsReader) throws(ConfigurationError) -> String {
        // Also where CLIO_BASE_URL wins: a wrong value is never passed over.
        let region = reader.text("CLIO_REGION")?.lowercased() ?? "us"
        guard let url = regions[region] else {
            throw ConfigurationError("CLIO_REGION: expected one of us, eu, ca, au")
        }
        if let text = reader.text("CLIO_BASE_URL") {
            guard let url = URL(string: text), let scheme = url.scheme?.lowercased(), let host = url.host,
                !host.isEmpty,
                scheme == "https" || scheme == "http", url.query == nil, url.user == nil
            else {
                throw ConfigurationError("CLIO_BASE_URL: expected https://HOST, for example https://eu.app.clio.com")
            }
            guard scheme == "https" || ["127.0.0.1", "localhost", "::1", "[::1]"].contains(host) else {
                throw ConfigurationError(
                    "CLIO_BASE_URL: plain http is for this machine only, since a token would travel in the clear; use https"
                )
            }
            return text.hasSuffix("/") ? String(text.dropLast()) : text
        }
        return url
    }
}
