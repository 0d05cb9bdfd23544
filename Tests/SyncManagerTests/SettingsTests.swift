import Foundation
import SyncManager
import Testing

@Suite struct SettingsTests {
    private func settings(_ environment: [String: String], file: String? = nil) throws -> Settings {
        guard let file else { return try Settings(environment: environment, envFile: "/dev/null") }
        let path = NSTemporaryDirectory() + "/settings-\(UUID().uuidString).env"
        try Data(file.utf8).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try Settings(environment: environment, envFile: path)
    }

    /// M23: the brief's names, and its defaults where Clio allows them.
    @Test func m23TheDefaultsAreThoseOfTheDocuments() throws {
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
        "SYNC_WINDOW=never", "SYNC_MASK_KEY=x", "SYNC_BATCH_SIZE_MATTERS=abc", "CLIO_RPM=abc",
    ])
    func whatACommandDoesNotUseIsAWarning(_ line: String) throws {
        let path = NSTemporaryDirectory() + "/settings-\(UUID().uuidString).env"
        try Data((line + "\nSYNC_STALL_MINUTES=7\n").utf8).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(throws: ConfigurationError.self) { try Settings(environment: [:], envFile: path) }
        let settings = try Settings(environment: [:], envFile: path, used: Settings.localNames)
        #expect(settings.stallMinutes == 7)
        #expect(settings.warnings.count == 1)
        #expect(settings.warnings.first?.contains(String(line.prefix { $0 != "=" })) == true)
    }

    @Test func whatACommandUsesIsAnErrorAllTheSame() {
        #expect(throws: ConfigurationError.self) {
            try Settings(
                environment: ["SYNC_STALL_MINUTES": "soon"], envFile: "/dev/null", used: Settings.localNames)
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
