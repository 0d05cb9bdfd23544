internal import Bytes
internal import Foundation
internal import Staging

/// Settings among the credentials that a service manager passes to a service: `CREDENTIALS_DIRECTORY` names a folder with
/// a file for each, called like the setting.
struct CredentialFiles {
    /// What errors and reports call them.
    static let source = "the service's credentials"
    /// The variable that names their folder.
    static let variable = "CREDENTIALS_DIRECTORY"

    /// The value of each setting.
    let values: [String: String]
    /// What to tell people about files whose names look like settings and are none.
    let warnings: [String]

    init(environment: [String: String], names: SettingNames) throws(ConfigurationError) {
        var values: [String: String] = [:]
        var warnings: [String] = []
        if let folder = environment[Self.variable], !folder.isEmpty {
            do {
                for name in try Files.names(in: folder) {
                    guard names.isSetting(name) else {
                        // Credentials of other programs of the service may be there, too.
                        guard SettingTable.prefixes.contains(where: { name.hasPrefix($0) }) else { continue }
                        warnings += names.complaint(name).map { ["\(Self.source): \($0)"] } ?? []
                        continue
                    }
                    values[name] = try Self.value("\(folder)/\(name)")
                }
            } catch let error as StagingError {
                throw ConfigurationError("\(Self.source): \(error.description)")
            } catch {
                throw ConfigurationError("\(Self.source): \(error)")
            }
        }
        self.values = values
        self.warnings = warnings
    }

    /// The text of a file, without the white space around it.
    private static func value(_ path: String) throws -> String {
        guard let text = try EditedText.decode(Files.read(path) ?? []) else {
            throw ConfigurationError("\(path): is no UTF-8 text; write the value alone into it")
        }
        let value = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard !value.contains(where: { $0.isNewline }), !value.utf8.contains(0) else {
            throw ConfigurationError("\(path): has more than one line; write the value alone into it")
        }
        return value
    }
}
