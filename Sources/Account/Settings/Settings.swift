public import Bytes

/// The values of all settings, from environment variables and `.env` files.
///
/// A value is read by the name of its entry in `SettingTable`: `settings.quotaShare`.
@dynamicMemberLookup
public struct Settings: Sendable {
    /// `CLIO_ACCESS_TOKEN`; nil: the token file.
    public var accessToken: String?
    /// `CLIO_REFRESH_TOKEN`, from where the access token is.
    public let refreshToken: String?
    /// Where the tokens are from: `the environment`, `.env` or `connections/smith.env`.
    public let tokenSource: String?
    /// A source with a refresh token and without the access token that it renews, where no source has an access token.
    var loneRefreshToken: String?
    /// A source with an access token that is not this connection's, where this connection has none.
    let otherTokenSource: String?
    /// Records per page by the name of their setting, for example `SYNC_BATCH_SIZE_MATTERS`.
    public let batchSizes: [String: Int]
    /// Unknown names in the environment that look like settings, and wrong values of settings that are not needed here.
    public let warnings: [String]
    /// Every setting that has a value or a default, in the order of the table.
    public let entries: [Entry]
    private let values: [String: any Sendable]

    /// A setting, and where its value is from.
    public struct Entry: Sendable {
        /// The variable.
        public let name: String
        /// Its entry in the table.
        public let definition: any SettingDefinition
        /// The value as it was written; nil when it is secret or not set.
        public let text: String?
        /// Where it is set; nil: nowhere.
        public let source: String?
        /// What is wrong with its value; nil: nothing.
        public let problem: String?
    }

    /// Hosts of Clio's four regions.
    public static let regions = [
        "us": "https://app.clio.com", "eu": "https://eu.app.clio.com", "ca": "https://ca.app.clio.com",
        "au": "https://au.app.clio.com",
    ]

    /// Every variable that is read.
    public static let names = SettingTable.all.flatMap(\.names)

    /// The batch settings that exist without any pipeline file.
    public static let batchNames = SettingTable.shared.batchSize.names

    /// Reads all settings.
    /// - Parameters:
    ///   - environment: the process's environment.
    ///   - envFile: a `.env` file that was named; nil: `.env` in the current folder if there is one.
    ///   - connectionFile: the firm's own settings, usually `connections/NAME.env`; what it says of the firm's Clio
    ///     account (`CLIO_…`) wins over everything, what else it says over the `.env` file.
    ///   - tokens: where the firm's tokens may come from, so that no firm is read with another one's token.
    ///   - batchSettings: the names that the pipelines use.
    ///   - uses: what the settings are needed for: a wrong value of anything else is a warning, and the default holds.
    /// - Throws: an error that names the variable.
    public init(
        environment: [String: String], envFile: String? = nil, connectionFile: String? = nil,
        tokens: TokenSources = .all, batchSettings: [String] = Settings.batchNames,
        for uses: Set<SettingUse> = Set(SettingUse.allCases)
    ) throws(ConfigurationError) {
        let reader = try SettingsReader(
            environment: environment, file: envFile ?? ".env", mustExist: envFile != nil,
            connectionFile: connectionFile, names: SettingNames(batchSettings: batchSettings))
        var warnings = reader.warnings
        var entries: [Entry] = []
        var values: [String: any Sendable] = [:]
        let batches = SettingTable.shared.batchSize.names
        for definition in SettingTable.all {
            var names = definition.names
            if names == batches { names += Set(batchSettings).subtracting(batches).sorted() }
            for name in names {
                let found = reader.text(name)
                var problem: String?
                if let found {
                    do throws(ConfigurationError) {
                        values[name] = try definition.value(of: found.text)
                    } catch {
                        problem = "\(name) (from \(found.source)): \(error.description)"
                    }
                }
                if let problem {
                    guard !uses.contains(definition.use) else { throw ConfigurationError(problem) }
                    warnings.append(problem)
                }
                entries.append(
                    Entry(
                        name: name, definition: definition, text: definition.isSecret ? nil : found?.text,
                        source: found?.source, problem: problem))
            }
        }
        self.values = values
        self.entries = entries
        var sizes: [String: Int] = [:]
        for name in batchSettings { sizes[name] = values[name] as? Int }
        batchSizes = sizes
        let found = reader.tokens(from: tokens)
        accessToken = found.access
        refreshToken = found.refresh
        tokenSource = found.source
        otherTokenSource = found.access == nil ? reader.tokens(from: .all).source : nil
        loneRefreshToken = found.access == nil ? found.loneRefresh.first : nil
        if let source = found.source {
            for lone in found.loneRefresh {
                warnings.append(
                    "\(lone): CLIO_REFRESH_TOKEN is not used: the access token is from \(source); put both into one place"
                )
            }
        }
        self.warnings = warnings
    }

    /// What to tell people about names in an environment, where no settings are read.
    public static func warnings(about environment: [String: String]) -> [String] {
        SettingsReader.warnings(about: environment, SettingNames(batchSettings: batchNames))
    }

    /// Where the tokens of a connection may come from.
    public enum TokenSources: Sendable {
        /// The environment and all files.
        case all
        /// Not the `.env` file, which is another firm's when this one has its own file.
        case notEnvFile
        /// The connection's own file only: several firms run in one process.
        case connectionFile
    }

    /// The value of a setting, or its default.
    public subscript<Value>(dynamicMember setting: KeyPath<SettingTable, Setting<Value>>) -> Value {
        let setting = SettingTable.shared[keyPath: setting]
        return values[setting.name] as? Value ?? setting.standard
    }

    /// Where Clio is: `https://app.clio.com` or another region's host, or `CLIO_BASE_URL`.
    public var baseURL: String { self.otherHost ?? Self.regions[self.regionName] ?? "" }

    /// The region, `us`, `eu`, `ca` or `au`; nil when only `CLIO_BASE_URL` says where Clio is.
    public var region: String? { self.otherHost == nil ? self.regionName : nil }
}
