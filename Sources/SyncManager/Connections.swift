internal import Extract
internal import Foundation
internal import Staging

/// The firms that are set up on this machine: by `connections/NAME.env` in the current folder, by a stored login, or, for
/// `default`, by a token in the environment or in `.env`.
public enum Connections {
    /// The folder of the firms' own settings, below the current folder.
    public static let folder = "connections"

    /// `connections/NAME.env`, if it is there.
    public static func settingsFile(_ connection: String) -> String? {
        let path = "\(folder)/\(connection).env"
        return Files.exists(path) ? path : nil
    }

    /// Whether a login of this connection is stored.
    public static func hasTokenFile(_ connection: String) -> Bool {
        ClioSession.tokenFile(connection).map { Files.exists($0) } ?? false
    }

    /// Every connection that has a token or settings of its own, sorted, `default` first.
    /// - Parameter hasDefaultToken: whether the environment or `.env` holds a token.
    /// - Throws: `ConfigurationError` for a file whose name is no connection's.
    public static func all(hasDefaultToken: Bool) throws -> [String] {
        var names: Set<String> = hasDefaultToken || hasTokenFile("default") ? ["default"] : []
        for file in Files.names(in: folder) where file.hasSuffix(".env") && !file.hasPrefix(".") {
            let name = String(file.dropLast(4))
            do throws(StagingError) {
                _ = try ConnectionFolder(staging: ".", connection: name)
            } catch {
                throw ConfigurationError(
                    "\(folder)/\(file.prefix(80)): a connection's name has 1 to 64 of a-z, 0-9 and -; rename the file")
            }
            names.insert(name)
        }
        let logins = ClioSession.tokenFile("default").map { ($0 as NSString).deletingLastPathComponent }
        for file in logins.map({ Files.names(in: $0) }) ?? [] where file.hasSuffix(".json") {
            let name = String(file.dropLast(5))
            // A file of another name is not ours.
            if (try? ConnectionFolder(staging: ".", connection: name)) != nil { names.insert(name) }
        }
        return names.sorted { ($0 != "default", $0) < ($1 != "default", $1) }
    }
}

/// As with tuples of Comparable, but false sorts before true.
private func < (left: (Bool, String), right: (Bool, String)) -> Bool {
    left.0 == right.0 ? left.1 < right.1 : !left.0
}
