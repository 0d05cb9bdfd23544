import Bytes
import Foundation
import Account
import Testing

@Suite struct SettingsTests {
    private func settings(_ environment: [String: String], file: String? = nil) throws -> Settings {
        guard let file else { return try Settings(environment: environment, envFile: "/dev/null") }
        let path = NSTemporaryDirectory() + "/settings-\(UUID().uuidString).env"
        try Data(file.utf8).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try Settings(environment: environment, envFile: path)
    }

    @Test func theDefaultsAreThoseOfTheDocuments() throws {
        let settings = try settings([:])
        #expect(settings.baseURL == "https://app.clio.com")
        #expect(settings.maximumConcurrentRequests == 50)
        #expect(settings.maximumConcurrentJobs == 3)
        #expect(settings.requestTimeoutMilliseconds == 30_000)
        #expect(settings.maximumRuntimeHours == 24)
        #expect(settings.requestsPerMinute == nil)
        #expect(settings.burst == 10)
        #expect(settings.quotaShare == 0.9)
        #expect(settings.batchSizes.isEmpty)
    }

    @Test(arguments: Settings.regions.keys.sorted())
    func everyRegionHasItsHost(_ region: String) throws {
        #expect(try settings(["CLIO_REGION": region]).baseURL == Settings.regions[region])
    }

    @Test func theEnvironmentWinsOverTheFile() throws {
        let file = """
            # a comment
            export CLIO_REGION="eu"
            SYNC_RATE_LIMIT_BURST = 7   # behind a value
            CLIO_ACCESS_TOKEN='a#b c'
            SYNC_QUOTA_SHARE=
            """
        let read = try settings(["SYNC_RATE_LIMIT_BURST": "9"], file: file)
        #expect(read.baseURL == "https://eu.app.clio.com")
        #expect(read.burst == 9)
        #expect(read.accessToken == "a#b c")
        #expect(read.quotaShare == 0.9)
    }

    /// Every variable with a range refuses nonsense and says which one it is.
    @Test(arguments: [
        ("SYNC_BATCH_SIZE_MATTERS", "0"), ("SYNC_BATCH_SIZE_MATTERS", "abc"), ("SYNC_MAX_CONCURRENT_REQUESTS", "-1"),
        ("SYNC_MAX_CONCURRENT_JOBS", "0"), ("SYNC_REQUEST_TIMEOUT_MS", "1e3"), ("SYNC_JOB_MAX_RUNTIME_HOURS", "never"),
        ("SYNC_RATE_LIMIT_REQUESTS_PER_MINUTE", "0"), ("SYNC_RATE_LIMIT_BURST", "0"), ("SYNC_QUOTA_SHARE", "1.5"),
        ("SYNC_QUOTA_SHARE", "nan"), ("CLIO_REGION", "mars"), ("CLIO_BASE_URL", "app.clio.com"),
        ("CLIO_BASE_URL", "http://clio.example"), ("CLIO_BASE_URL", "https://user@clio.example"),
    ])
    func aValueOutOfRangeNamesItsVariable(_ name: String, _ value: String) {
        let error = #expect(throws: ConfigurationError.self) { try settings([name: value]) }
        #expect(error?.description.contains(name) == true)
        #expect(error?.description.contains("\n") == false)
    }

    /// A command that asks Clio nothing is not stopped by what is wrong with how to ask, but says so.
    @Test(arguments: [
        "SYNC_QUOTA_SHARE=abc", "SYNC_RATE_LIMIT_BURST=0", "CLIO_REGION=mars", "CLIO_BASE_URL=ftp://x",
        "SYNC_WINDOW=never", "SYNC_MASK_KEY=x", "SYNC_BATCH_SIZE_MATTERS=abc",
    ])
    func whatACommandDoesNotUseIsAWarning(_ line: String) throws {
        let path = NSTemporaryDirectory() + "/settings-\(UUID().uuidString).env"
        try Data((line + "\nSYNC_STALL_MINUTES=7\n").utf8).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(throws: ConfigurationError.self) { try Settings(environment: [:], envFile: path) }
        let settings = try Settings(environment: [:], envFile: path, for: [])
        #expect(settings.stallMinutes == 7)
        #expect(settings.warnings.count == 1)
        #expect(settings.warnings.first?.contains(String(line.prefix { $0 != "=" })) == true)
    }

    /// A folder as a service manager passes it.
    private func credentials(_ files: [String: String], _ body: (String) throws -> Void) throws {
        let folder = NSTemporaryDirectory() + "/credentials-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for (name, content) in files {
            try Data(content.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
        }
        try body(folder)
    }

    @Test func aServicesCredentialsWinOverTheEnvironment() throws {
        let files = [
            "CLIO_ACCESS_TOKEN": "from systemd\n", "CLIO_CLIENT_SECRET": "  secret\r\n", "SYNC_QUOTA_SHARE": "0.5",
            "CLIO_REGION": "", "another-programs-key": "\u{0}x\ny",
        ]
        try credentials(files) { folder in
            let read = try settings(
                [
                    "CREDENTIALS_DIRECTORY": folder, "CLIO_ACCESS_TOKEN": "from the environment",
                    "CLIO_REFRESH_TOKEN": "of the environment's token", "SYNC_QUOTA_SHARE": "0.7", "CLIO_REGION": "eu",
                ], file: "CLIO_CLIENT_SECRET=of the file")
            #expect(read.accessToken == "from systemd")
            #expect(read.refreshToken == nil, "a token is renewed only with what came with it")
            #expect(read.tokenSource == "the service's credentials")
            #expect(read.clientSecret == "secret")
            #expect(read.quotaShare == 0.5)
            #expect(read.region == "eu", "an empty credential counts as not set")
            #expect(read.warnings.isEmpty)
        }
    }

    @Test func aFirmsOwnFileWinsOverAServicesCredentials() throws {
        try credentials(["CLIO_ACCESS_TOKEN": "the service's", "own.env": "CLIO_ACCESS_TOKEN=the firm's"]) { folder in
            let read = try Settings(
                environment: ["CREDENTIALS_DIRECTORY": folder], envFile: "/dev/null",
                connectionFile: "\(folder)/own.env")
            #expect(read.accessToken == "the firm's")
            // One process for several firms: none gets another one's token.
            let other = try Settings(
                environment: ["CREDENTIALS_DIRECTORY": folder], envFile: "/dev/null", tokens: .connectionFile)
            #expect(other.accessToken == nil)
        }
    }

    @Test func whatIsWrongWithACredentialIsNamed() throws {
        try credentials(["SYNC_QUOTA_SHARE": "much"]) { folder in
            let error = #expect(throws: ConfigurationError.self) { try settings(["CREDENTIALS_DIRECTORY": folder]) }
            #expect(error?.description.contains("SYNC_QUOTA_SHARE (from the service's credentials)") == true)
        }
        try credentials(["CLIO_ACCESS_TOKEN": "one\ntwo"]) { folder in
            let error = #expect(throws: ConfigurationError.self) { try settings(["CREDENTIALS_DIRECTORY": folder]) }
            #expect(error?.description.contains("CLIO_ACCESS_TOKEN: has more than one line") == true)
            #expect(error?.description.contains("two") == false)
        }
        try credentials(["CLIO_REGON": "eu"]) { folder in
            let read = try settings(["CREDENTIALS_DIRECTORY": folder])
            #expect(read.warnings.first?.contains("did you mean CLIO_REGION?") == true)
        }
    }

    @Test func aFileThatWasNamedMustBeThere() {
        #expect(throws: ConfigurationError.self) { try Settings(environment: [:], envFile: "/nowhere/.env") }
    }

    @Test(arguments: ["CLIO_REGION", "=x", "CLIO_REGION=\"eu"])
    func aBrokenLineIsNamedWithItsNumber(_ line: String) {
        let error = #expect(throws: ConfigurationError.self) { try settings([:], file: "# first\n\(line)\n") }
        #expect(error?.description.contains(":2:") == true)
    }
}

/// The table of settings: what it says is what the program does.
@Suite struct SettingTableTests {
    @Test func everySettingIsDefinedOnceAndExplained() {
        #expect(SettingTable.all.count >= 20)
        #expect(Set(Settings.names).count == Settings.names.count)
        for setting in SettingTable.all {
            #expect(setting.names.allSatisfy { ["CLIO_", "SYNC_", "AWS_"].contains(where: $0.hasPrefix) })
            #expect(setting.summary.hasSuffix(".") && !setting.summary.contains("\n"), "\(setting.names)")
            #expect(!setting.values.isEmpty, "\(setting.names)")
        }
    }

    /// Whatever holds a token, a key, or an address that is one in effect.
    @Test func secretsAreMarked() {
        let words = ["TOKEN", "SECRET", "KEY", "WEBHOOK", "COMMAND", "PASSWORD", "SMTP_USER"]
        let expected = Settings.names.filter { name in words.contains { name.contains($0) } }
        #expect(SettingTable.secretNames == Set(expected))
    }

    /// The starter file is read back without a complaint, and says nothing but the defaults.
    @Test func theStarterFileIsReadBack() throws {
        let text = SettingTable.starterFile(["CLIO_REGION": "eu", "CLIO_CLIENT_ID": "abc"])
        let path = NSTemporaryDirectory() + "/starter-\(UUID().uuidString).env"
        defer { try? FileManager.default.removeItem(atPath: path) }
        // Also what is only shown there must be written as it is accepted.
        for content in [text, text.replacing("#SYNC", with: "SYNC").replacing("#CLIO", with: "CLIO")] {
            try Data(content.utf8).write(to: URL(fileURLWithPath: path))
            let settings = try Settings(environment: [:], envFile: path)
            #expect(settings.region == "eu")
            #expect(settings.entries.first { $0.name == "CLIO_CLIENT_ID" }?.text == "abc")
            #expect(settings.stallMinutes == 30)
            #expect(settings.quotaShare == 0.9)
        }
        for line in text.split(separator: "\n") { #expect(line.count <= 120, "\(line)") }
    }

    /// A command is not stopped by a setting that it does not use.
    @Test(arguments: [
        ("SYNC_RATE_LIMIT_BURST", "abc", SettingUse.requests), ("SYNC_WINDOW", "always", .requests),
        ("CLIO_REGION", "mars", .requests), ("SYNC_MAX_CONCURRENT_JOBS", "0", .jobs),
        ("SYNC_MASK_KEY", "short", .masks),
        ("SYNC_STATUS_TOKEN", "short", .page),
    ])
    func aWrongValueIsAnErrorOnlyWhereItIsUsed(_ name: String, _ value: String, _ use: SettingUse) throws {
        let others = Set(SettingUse.allCases).subtracting([use])
        let settings = try Settings(environment: [name: value], envFile: "/dev/null", for: others)
        #expect(settings.warnings.count == 1)
        #expect(settings.warnings.first?.hasPrefix("\(name) (from the environment): expected") == true)
        #expect(settings.baseURL == "https://app.clio.com")
        #expect(throws: ConfigurationError.self) {
            try Settings(environment: [name: value], envFile: "/dev/null", for: [use])
        }
    }

    @Test func aListOfSettingsHoldsNoSecret() throws {
        let secrets = Dictionary(
            uniqueKeysWithValues: SettingTable.secretNames.map { ($0, "https://secret-\($0).example") })
        let settings = try Settings(environment: secrets, envFile: "/dev/null", for: [])
        for entry in settings.entries where secrets[entry.name] != nil {
            #expect(entry.text == nil)
            #expect(entry.source == "the environment")
        }
        #expect(!settings.warnings.contains { $0.contains("secret-") })
    }

    /// What a firm's own file says of its Clio account wins, and no other firm's token is taken.
    @Test func aFirmsOwnSettingsWinAndItsTokenIsItsOwn() throws {
        let folder = NSTemporaryDirectory() + "/settings-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let (own, shared) = (folder + "/smith.env", folder + "/.env")
        try Data("CLIO_REGION=eu\nSYNC_RATE_LIMIT_BURST=7\nSYNC_QUOTA_SHARE=0.5\n".utf8).write(
            to: URL(fileURLWithPath: own))
        try Data("CLIO_REGION=us\nCLIO_ACCESS_TOKEN=theirs\nSYNC_RATE_LIMIT_BURST=3\n".utf8).write(
            to: URL(fileURLWithPath: shared))
        let environment = ["CLIO_REGION": "au", "SYNC_QUOTA_SHARE": "0.7", "CLIO_REFRESH_TOKEN": "another"]
        let settings = try Settings(environment: environment, envFile: shared, connectionFile: own)
        #expect(settings.region == "eu" && settings.burst == 7 && settings.quotaShare == 0.7)
        #expect(settings.accessToken == "theirs")
        let alone = try Settings(
            environment: environment, envFile: shared, connectionFile: own, tokens: .connectionFile)
        #expect(alone.accessToken == nil && alone.refreshToken == nil)
        let named = try Settings(environment: environment, envFile: shared, connectionFile: own, tokens: .notEnvFile)
        // A refresh token alone belongs to nothing.
        #expect(named.accessToken == nil && named.refreshToken == nil)
    }

    @Test func anAddressOfAlarmsThatIsNoneIsNotRepeated() {
        let error = #expect(throws: ConfigurationError.self) {
            try Settings(environment: ["SYNC_NOTIFY_WEBHOOK_URL": "hooks.example/secret"], envFile: "/dev/null")
        }
        #expect(error?.description.contains("SYNC_NOTIFY_WEBHOOK_URL") == true)
        #expect(error?.description.contains("secret") == false)
    }
}
