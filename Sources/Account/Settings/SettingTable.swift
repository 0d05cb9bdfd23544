internal import Extract
internal import Staging

/// The client's own defaults.
private let client = ExtractSettings()

/// Every setting, each defined once. The starter `.env`, the operations guide, the manual page, `cliosync settings`, the
/// doctor's messages and the search for misspelled names come from here. A new setting is one entry here, and whatever
/// reads it from `Settings` by the entry's name.
public struct SettingTable: Sendable {
    package let regionName = Setting(
        "CLIO_REGION", .choice(["us", "eu", "ca", "au"]), default: "us", use: .requests,
        "The region of the firm's Clio account: us, eu, ca or au.",
        details: "Four separate Clios; a token of one is refused by the others.", starter: .value("us"))
    package let otherHost = Setting<String?>(
        "CLIO_BASE_URL", kind: .clioHost, defaultText: "by region", use: .requests, "Another host, for tests.",
        details: "Plain http is accepted for this machine only.")
    package let clientID = Setting<String?>(
        "CLIO_CLIENT_ID", kind: .text, use: .requests, "The key of your application at Clio.",
        details: "Needed to log in and to renew an expired token.", starter: .value(""))
    package let clientSecret = Setting<String?>(
        "CLIO_CLIENT_SECRET", kind: .text, secret: true, use: .requests, "The secret of your application at Clio.",
        starter: .value(""))
    package let accessTokenText = Setting<String?>(
        "CLIO_ACCESS_TOKEN", kind: .text, secret: true, use: .requests, "A token from elsewhere, instead of a login.",
        details: "The sync runs as its Clio user. It wins over `cliosync auth login`, which never replaces it.",
        starter: .example(""))
    package let refreshTokenText = Setting<String?>(
        "CLIO_REFRESH_TOKEN", kind: .text, secret: true, use: .requests,
        "Renews the CLIO_ACCESS_TOKEN beside it, with CLIO_CLIENT_ID and CLIO_CLIENT_SECRET.",
        details: "Beside it: in the same file, or both in the environment. A login has its own. Logins are kept in "
            + "`~/.config/cliosync/FOLDER/CONNECTION.json`, renewed tokens of variables in "
            + "`~/.config/cliosync/renewed` (0600).",
        starter: .example(""))
    package let quotaShare = Setting(
        "SYNC_QUOTA_SHARE", .decimal(0.1...1.0), default: client.share, use: .requests,
        "The share of Clio's limit that is used; the firm's people need the rest.",
        starter: .value("\(client.share)"))
    package let requestsPerMinute = Setting<Int?>(
        "SYNC_RATE_LIMIT_REQUESTS_PER_MINUTE", kind: .integer(1...1_000_000), use: .requests,
        "A limit of your own below Clio's, in any 60 seconds.", starter: .example("45"))
    package let burst = Setting(
        "SYNC_RATE_LIMIT_BURST", .integer(1...10_000), default: client.burst, use: .requests,
        "Requests that may start at once.")
    package let maximumConcurrentRequests = Setting(
        "SYNC_MAX_CONCURRENT_REQUESTS", .integer(1...1000), default: client.concurrency, use: .requests,
        "Requests in flight at a time.", starter: .example("\(client.concurrency)"))
    package let requestTimeoutMilliseconds = Setting(
        "SYNC_REQUEST_TIMEOUT_MS", .integer(100...3_600_000), default: Int(client.requestTimeout * 1000),
        use: .requests, "The time limit of one request, in milliseconds.")
    package let window = Setting<SyncWindow?>(
        "SYNC_WINDOW", kind: .window, use: .requests, "The hours in which requests may be made; a run waits for them.",
        details: "For example `19:00-04:00 America/Los_Angeles`; may pass midnight, follows daylight saving time.",
        starter: .example("19:00-04:00 America/Los_Angeles"))
    package let batchSize = Setting<Int?>(
        "SYNC_BATCH_SIZE_MATTERS", "SYNC_BATCH_SIZE_CONTACTS", "SYNC_BATCH_SIZE_CALENDAR", "SYNC_BATCH_SIZE_TASKS",
        "SYNC_BATCH_SIZE_DOCUMENTS", "SYNC_BATCH_SIZE_TIME_ENTRIES", kind: .integer(1...100_000), defaultText: "200",
        use: .requests, "Records per page, at most 200.",
        details: "More is reduced to 200 with a warning. Pipeline files may name further settings of this kind.",
        starter: .example("200"))
    package let phases = Setting<[String]?>(
        "SYNC_PHASES", kind: .names, defaultText: "the default phases", use: .jobs,
        "The phases of commands that name none with --phase.",
        details: "Names of [pipeline files](pipelines.md), separated by commas. When it is not set: the phases "
            + "that are not marked `default: false`, and those that were requested for the firm before.")
    package let maximumConcurrentJobs = Setting(
        "SYNC_MAX_CONCURRENT_JOBS", .integer(1...1000), default: 3, use: .jobs,
        "Jobs at a time on this machine and staging folder.", details: "One more ends with exit code 5.")
    package let maximumRuntimeHours = Setting(
        "SYNC_JOB_MAX_RUNTIME_HOURS", .decimal(0.0001...8760), default: 24.0, use: .jobs, "The time limit of one run.",
        details: "Waits for `SYNC_WINDOW` do not count. Then the job is paused (exit code 4).")
    package let stallMinutes = Setting(
        "SYNC_STALL_MINUTES", .decimal(0.001...100_000), default: 30.0, use: .jobs,
        "Minutes without progress after which an alarm is raised.",
        details: "Waits for the rate limit or the window do not count.", starter: .example("30"))
    package let freshnessHours = Setting<Double?>(
        "SYNC_FRESHNESS_HOURS", kind: .decimal(0.0001...100_000), use: .jobs,
        "Hours after which the data of a finished firm are stale, and an alarm is raised.",
        details: "Unset: never. See [freshness](refresh.md#how-current-it-is).", starter: .example("26"))
    package let sweepDays = Setting(
        "SYNC_SWEEP_DAYS", .integer(1...36_500), default: 30, use: .jobs,
        "Days after which `status` says that a sweep is due.",
        details: "See [freshness](refresh.md#how-current-it-is).")
    package let changesKeptDays = Setting(
        "SYNC_CHANGES_DAYS", .integer(1...36_500), default: 90, use: .jobs,
        "Days for which the table `changes` keeps what a load inserted, updated and deleted.",
        details: "See [following the database](refresh.md).")
    package let notifyWebhook = Setting<String?>(
        "SYNC_NOTIFY_WEBHOOK_URL", kind: .webAddress, secret: true, use: .jobs,
        "The webhook of a chat tool: alarms are posted there as JSON.", starter: .example(""))
    package let notifyCommand = Setting<String?>(
        "SYNC_NOTIFY_COMMAND", kind: .text, secret: true, use: .jobs, "A shell command that gets each alarm.",
        starter: .example(""))
    package let notifyEmailTo = Setting<[String]?>(
        "SYNC_NOTIFY_EMAIL_TO", kind: .mailAddresses, use: .jobs, "The people who get each alarm by mail.",
        details: "Needs `SYNC_SMTP_URL`.", starter: .example("ops@example.com"))
    package let notifyEmailFrom = Setting<String?>(
        "SYNC_NOTIFY_EMAIL_FROM", kind: .mailAddress, defaultText: "the first of SYNC_NOTIFY_EMAIL_TO", use: .jobs,
        "The sender of alarms by mail.")
    package let smtpURL = Setting<String?>(
        "SYNC_SMTP_URL", kind: .mailServer, use: .jobs, "The mail server that sends alarms.",
        details:
            "`smtp` begins TLS by STARTTLS, and only this machine may lack it; `smtps` begins with it. The ports are 587 "
            + "and 465 unless they are named.", starter: .example("smtp://mail.example.com:587"))
    package let smtpUser = Setting<String?>(
        "SYNC_SMTP_USER", kind: .text, secret: true, use: .jobs, "The user at the mail server.",
        starter: .example(""))
    package let smtpPassword = Setting<String?>(
        "SYNC_SMTP_PASSWORD", kind: .text, secret: true, use: .jobs, "The password of that user.",
        starter: .example(""))
    package let notifyEvents = Setting<[AlarmKind]?>(
        "SYNC_NOTIFY_EVENTS", kind: .alarms, defaultText: "all", use: .jobs, "The alarms that are wanted.",
        details: "Names separated by commas; in `connections/FIRM.env` for one firm. See [alarms](#alarms).")
    package let notifyQuiet = Setting<SyncWindow?>(
        "SYNC_NOTIFY_QUIET", kind: .window, use: .jobs,
        "The quiet hours: alarms that are not urgent are sent when they end.",
        details: "For example `22:00-07:00 America/Los_Angeles`, by the firm's clock. See [quiet hours](#quiet-hours).",
        starter: .example("22:00-07:00 America/Los_Angeles"))
    package let notifyDigest = Setting<DigestSchedule?>(
        "SYNC_NOTIFY_DIGEST", kind: .digest, use: .jobs, "When a digest of the week is sent.",
        details: "For example `Mon 08:00 America/Los_Angeles`. See [the digest](#weekly-digest).",
        starter: .example("Mon 08:00 America/Los_Angeles"))
    package let lineageURL = Setting<String?>(
        "SYNC_OPENLINEAGE_URL", kind: .webAddress, use: .jobs, "Where OpenLineage run events are posted.",
        details: "For example `http://marquez:5000/api/v1/lineage`. See [lineage](monitoring/README.md#lineage).",
        starter: .example("http://marquez:5000/api/v1/lineage"))
    package let lineageKey = Setting<String?>(
        "SYNC_OPENLINEAGE_API_KEY", kind: .text, secret: true, use: .jobs, "The key of that receiver.",
        details: "Sent as a bearer token, over https or to this machine only.")
    package let lineageFile = Setting<String?>(
        "SYNC_OPENLINEAGE_FILE", kind: .text, use: .jobs, "A file that OpenLineage run events are appended to.")
    package let lineageNamespace = Setting(
        "SYNC_OPENLINEAGE_NAMESPACE", .text, default: "cliosync", use: .jobs, "The namespace of jobs in these events.")
    package let maskKey = Setting<String?>(
        "SYNC_MASK_KEY", kind: .text(atLeast: MaskKey.shortest), secret: true,
        defaultText: "staging/FIRM/mask.key", use: .masks, "The key of masked values.",
        details: "See [masks](pipelines.md#mask-a-value).")
    package let statusToken = Setting<String?>(
        "SYNC_STATUS_TOKEN", kind: .text(atLeast: 16), secret: true, use: .page,
        "Opens the status page for all firms.", details: "See [the status page](status-page.md).")
    package let statusValuesToken = Setting<String?>(
        "SYNC_STATUS_VALUES_TOKEN", kind: .text(atLeast: 16), secret: true, use: .page,
        "Opens the status page for all firms and shows the values of flagged records.")
    package let statusLinkSecret = Setting<String?>(
        "SYNC_STATUS_LINK_SECRET", kind: .text(atLeast: 16), secret: true, use: .page,
        "Signs links to one firm's status page.")
    package let remote = Setting<String?>(
        "SYNC_REMOTE", kind: .objectStore, use: .remote, "The object store for staged files: s3://BUCKET/PREFIX.",
        details: "See [staged files in an object store](remote.md).")
    package let remoteEndpoint = Setting<String?>(
        "SYNC_REMOTE_ENDPOINT", kind: .storeEndpoint, defaultText: "Amazon's of the region", use: .remote,
        "The address of a store that is not Amazon's.", details: "Plain http is accepted for this machine only.")
    package let remoteRegion = Setting(
        "SYNC_REMOTE_REGION", .text, default: "us-east-1", use: .remote, "The region of the bucket.")
    package let remoteLeaseSeconds = Setting(
        "SYNC_REMOTE_LEASE_SECONDS", .decimal(0.5...86_400), default: 90.0, use: .remote,
        "Seconds after which another machine may take over the work of one that is gone.",
        details:
            "A machine at work renews its lease more than four times as often. The clocks of the machines must agree "
            + "to a part of it.")
    package let remoteAccessKey = Setting<String?>(
        "AWS_ACCESS_KEY_ID", kind: .text, secret: true, use: .remote, "The key of the store.")
    package let remoteSecretKey = Setting<String?>(
        "AWS_SECRET_ACCESS_KEY", kind: .text, secret: true, use: .remote, "The secret of that key.")
    package let remoteSession = Setting<String?>(
        "AWS_SESSION_TOKEN", kind: .text, secret: true, use: .remote, "Belongs to keys that are valid for a while only."
    )

    /// The one table.
    static let shared = SettingTable()

    /// All entries, in the order above.
    public static let all: [any SettingDefinition] = Mirror(reflecting: shared).children.compactMap {
        $0.value as? any SettingDefinition
    }

    /// Names whose values must not be shown, logged, or given to other programs.
    public static let secretNames = Set(all.filter(\.isSecret).flatMap(\.names))

    /// Variables that no other program gets: secrets, and where they are. The keys of the store are variables that other
    /// programs read as well.
    package static let withheldNames = secretNames.filter { name in prefixes.contains { name.hasPrefix($0) } }
        .union([CredentialFiles.variable])

    /// What the names of settings begin with that are this program's alone.
    static let prefixes = ["CLIO_", "SYNC_"]

    /// The starter `.env`.
    /// - Parameter answers: values that are known already, by name.
    public static func starterFile(_ answers: [String: String]) -> String {
        var blocks = [
            "# Settings of cliosync. Environment variables and flags win over this file. Keep it private: it holds tokens."
        ]
        for setting in all {
            let name = setting.names[0]
            let line: String? =
                switch setting.starter {
                case .none: nil
                case .value(let value): "\(name)=\(answers[name] ?? value)"
                case .example(let value): answers[name].map { "\(name)=\($0)" } ?? "#\(name)=\(value)"
                }
            if let line { blocks.append("# \(setting.summary)\n\(line)") }
        }
        return blocks.joined(separator: "\n\n") + "\n"
    }
}
