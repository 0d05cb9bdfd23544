internal import Bytes
internal import Foundation

/// Names and values of settings: a service's credentials first, then the environment, then a `.env` file.
struct SettingsReader {
    private let credentials: [String: String]
    private let environment: [String: String]
    private let file: [String: String]
    private let filePath: String
    private let firm: [String: String]
    private let firmPath: String
    /// What to tell people about names in the environment and among the credentials.
    let warnings: [String]

    /// What to tell people about names in the environment that look like settings.
    static func warnings(about environment: [String: String], _ names: SettingNames) -> [String] {
        // Another program may have a variable that is called like ours.
        environment.keys.sorted().filter { name in SettingTable.prefixes.contains { name.hasPrefix($0) } }
            .compactMap { names.complaint($0) }.map { "the environment: \($0)" }
    }

    /// - Parameters:
    ///   - path: the `.env` file.
    ///   - mustExist: whether this file was named on the command line.
    ///   - connectionFile: the firm's own file; it need not be there.
    init(
        environment: [String: String], file path: String, mustExist: Bool, connectionFile: String? = nil,
        names: SettingNames = SettingNames(batchSettings: Settings.batchNames)
    ) throws(ConfigurationError) {
        self.environment = environment
        filePath = path
        firmPath = connectionFile ?? ""
        let content = try EnvFile.read(path)
        guard content != nil || !mustExist else {
            throw ConfigurationError("\(path): is not there; give --env-file the path of a file that is")
        }
        let own = try connectionFile.flatMap { path throws(ConfigurationError) in try EnvFile.read(path) }
        for file in [content, own].compactMap({ $0 }) {
            for entry in file.entries {
                guard let complaint = names.complaint(entry.name) else { continue }
                throw ConfigurationError("\(file.path):\(entry.line): \(complaint)")
            }
        }
        file = content?.values ?? [:]
        firm = own?.values ?? [:]
        let credentials = try CredentialFiles(environment: environment, names: names)
        self.credentials = credentials.values
        warnings = Self.warnings(about: environment, names) + credentials.warnings
    }

    /// A text and where it is set; nil when it is not set, or empty.
    func text(_ name: String) -> (text: String, source: String)? {
        // What a firm's file says of its Clio account is true of that firm alone.
        let layers =
            name.hasPrefix("CLIO_")
            ? [ownLayer, credentialLayer, processLayer, sharedLayer]
            : [credentialLayer, processLayer, ownLayer, sharedLayer]
        // One that is set but empty does not hide another one.
        return layers.lazy.compactMap { layer in Self.present(layer.values[name]).map { ($0, layer.source) } }.first
    }

    private typealias Layer = (values: [String: String], source: String)
    private var ownLayer: Layer { (firm, firmPath) }
    private var credentialLayer: Layer { (credentials, CredentialFiles.source) }
    private var processLayer: Layer { (environment, "the environment") }
    private var sharedLayer: Layer { (file, filePath) }

    private static func present(_ value: String?) -> String? {
        let text = value?.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
        return text.isEmpty ? nil : text
    }

    /// What the sources of a connection say about its tokens.
    struct Tokens {
        var access: String?
        var refresh: String?
        /// Where the access token is.
        var source: String?
        /// Sources with a refresh token and without the access token that it renews.
        var loneRefresh: [String] = []
    }

    /// The first source that gives an access token, and what it says beside it: tokens of two sources may be two firms'.
    func tokens(from sources: Settings.TokenSources) -> Tokens {
        let layers: [Layer] =
            switch sources {
            case .all: [ownLayer, credentialLayer, processLayer, sharedLayer]
            case .notEnvFile: [ownLayer, credentialLayer, processLayer]
            case .connectionFile: [ownLayer]
            }
        var tokens = Tokens()
        for (values, source) in layers {
            let access = Self.present(values["CLIO_ACCESS_TOKEN"])
            let refresh = Self.present(values["CLIO_REFRESH_TOKEN"])
            if access == nil, refresh != nil { tokens.loneRefresh.append(source) }
            guard let access, tokens.access == nil else { continue }
            (tokens.access, tokens.refresh, tokens.source) = (access, refresh, source)
        }
        return tokens
    }
}
