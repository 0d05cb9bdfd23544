public import Bytes
internal import Extract
internal import Foundation
internal import Pipelines
internal import Staging

/// The firms that a project folder defines: by `connections/NAME.env`, by a login that was made in it, or, for `default`, by
/// a token in the environment or in `.env`. Other folders' logins are not looked at.
public enum Connections {
    /// The folder of the firms' own settings, below the current folder.
    public static let folder = "connections"

    /// `connections/NAME.env`, if it is there.
    public static func settingsFile(_ connection: String) -> String? {
        let name = "\(connection).env"
        // A link to nothing is there, and is an error when it is read.
        let isAbsent =
            (try? Files.exists("\(folder)/\(name)")) == false && (try? Files.names(in: folder).contains(name)) != true
        return isAbsent ? nil : "\(folder)/\(name)"
    }

    /// Whether a login of this connection is stored for this folder.
    public static func hasLogin(_ connection: String) -> Bool {
        LoginFiles().map { (try? Files.exists($0.login(connection))) != false } ?? false
    }

    /// The settings of a connection: every command reads them here.
    /// - Parameters:
    ///   - envFile: a file that was named; nil: `.env`, if there is one.
    ///   - environment: nil: this process's.
    ///   - onlyOwnTokens: several firms run in one process: only `default` has its token in the environment or in `.env`.
    ///   - staging: the folder of staged files. The token in `.env` is that of `default`: another connection uses it only if
    ///     it did so before it was looked at whose it is, and so has files here.
    ///   - batchSettings: the names that the pipelines use.
    ///   - uses: what they are needed for: a wrong value of anything else is a warning.
    public static func settings(
        _ connection: String, envFile: String? = nil,
        environment: [String: String]? = nil, onlyOwnTokens: Bool = false, staging: String? = nil,
        batchSettings: [String] = Settings.batchNames, for uses: Set<SettingUse> = Set(SettingUse.allCases)
    ) throws(ConfigurationError) -> Settings {
        let file = settingsFile(connection)
        let isNamed = connection != "default"
        let tokens: Settings.TokenSources =
            if isNamed, onlyOwnTokens {
                .connectionFile
            } else if isNamed, file != nil || hasLogin(connection) || !hasFiles(connection, staging) {
                .notEnvFile
            } else {
                .all
            }
        return try Settings(
            environment: environment ?? ProcessInfo.processInfo.environment, envFile: envFile, connectionFile: file,
            tokens: tokens, batchSettings: batchSettings, for: uses)
    }

    private static func hasFiles(_ connection: String, _ staging: String?) -> Bool {
        staging.map { (try? Files.exists("\($0)/\(connection)")) != false } ?? false
    }

    /// What to say of a connection without a token, after the sentence that says so: a name that nothing in this folder
    /// defines may be a typing error.
    static func hint(_ connection: String, among names: [String]) -> String {
        let closest = Suggestion.closest(to: connection, among: names)
        let known = names.prefix(10).joined(separator: ", ") + (names.count > 10 ? ", …" : "")
        return closest.map { "; did you mean --connection \($0)?" }
            ?? (names.isEmpty ? "" : "; this folder defines " + known)
    }

    /// A firm of this folder, and what makes it one.
    public struct Found: Sendable, Equatable {
        /// The connection's name.
        public let name: String
        /// What defines it, for people.
        public let reason: String
    }

    /// Every firm that this folder defines, `default` first, then by name.
    /// - Parameter defaultTokenSource: where the token of `default` is, if the environment or `.env` holds one.
    /// - Throws: `ConfigurationError` for a file whose name is no connection's.
    public static func all(defaultTokenSource: String?) throws -> [Found] {
        var files: [String] = []
        for file in try Files.names(in: folder) where file.hasSuffix(".env") && !file.hasPrefix(".") {
            let name = String(file.dropLast(4))
            do throws(StagingError) {
                _ = try ConnectionFolder(staging: ".", connection: name)
            } catch {
                throw ConfigurationError(
                    "\(folder)/\(file.prefix(80)): a connection's name has 1 to 64 of a-z, 0-9 and -; rename the file")
            }
            files.append(name)
        }
        return found(
            files: files, logins: try LoginFiles()?.connections() ?? [], defaultTokenSource: defaultTokenSource)
    }

    /// The same from what lies in the folders.
    static func found(files: [String], logins: [String], defaultTokenSource: String?) -> [Found] {
        var reasons: [String: [String]] = [:]
        if let defaultTokenSource, !defaultTokenSource.hasPrefix(folder + "/") {
            reasons["default", default: []].append("a token in \(defaultTokenSource)")
        }
        for name in files { reasons[name, default: []].append("\(folder)/\(name).env") }
        for name in logins { reasons[name, default: []].append("a login made in this folder") }
        let sorted = reasons.keys.sorted { a, b in
            (a == "default") == (b == "default") ? a < b : a == "default"
        }
        return sorted.map { Found(name: $0, reason: (reasons[$0] ?? []).joined(separator: " and ")) }
    }
}
