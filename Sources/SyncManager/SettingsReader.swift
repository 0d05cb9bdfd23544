internal import Foundation

/// Names and values of settings: the environment first, then a `.env` file.
struct SettingsReader {
    private let environment: [String: String]
    private let file: [String: String]
    private let filePath: String
    private let firm: [String: String]
    private let firmPath: String
    /// The settings that the command uses; nil: all.
    private let used: Set<String>?
    /// What to tell people about names in the environment, and about what is wrong with settings that are not used.
    private(set) var warnings: [String]

    /// - Parameters:
    ///   - path: the `.env` file.
    ///   - mustExist: whether somebody asked for this file by name.
    ///   - connectionFile: the firm's own file; it need not be there.
    ///   - used: the settings that the command uses; what is wrong with another one is a warning. nil: all.
    init(
        environment: [String: String], file path: String, mustExist: Bool, connectionFile: String? = nil,
        names: SettingNames = SettingNames(batchSettings: Settings.batchNames), used: Set<String>? = nil
    ) throws(ConfigurationError) {
        self.environment = environment
        self.used = used
        var unused: [String] = []
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
                let problem = ConfigurationError("\(file.path):\(entry.line): \(complaint)")
                guard used != nil else { throw problem }
                unused.append(problem.description)
            }
        }
        file = content?.values ?? [:]
        firm = own?.values ?? [:]
        // Another program may have a variable that is called like ours.
        warnings =
            environment.keys.sorted().filter { $0.hasPrefix("CLIO_") || $0.hasPrefix("SYNC_") }
            .compactMap { names.complaint($0) }.map { "the environment: \($0)" } + unused
    }

    /// The value of a setting; what is wrong with one that the command does not use is a warning, and counts as not set.
    mutating func value<T>(
        of name: String, _ read: (SettingsReader) throws(ConfigurationError) -> T?
    ) throws(ConfigurationError) -> T? {
        do {
            return try read(self)
        } catch {
            guard let used, !used.contains(name) else { throw error }
            warnings.append("\(error.description); this command does not use it")
            return nil
        }
    }

    /// A text; nil when it is not set, or empty.
    func text(_ name: String) -> String? {
        // What a firm's file says of its Clio account is true of that firm alone.
        let layers = name.hasPrefix("CLIO_") ? [firm, environment, file] : [environment, firm, file]
        // One that is set but empty does not hide another one.
        return layers.lazy.compactMap { Self.present($0[name]) }.first
    }

    private static func present(_ value: String?) -> String? {
        let text = value?.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
        return text.isEmpty ? nil : text
    }

    /// The first source that gives an access token, and what it says beside it: tokens of two sources may be two firms'.
    func tokens(from sources: Settings.TokenSources) -> (access: String, refresh: String?, source: String)? {
        let firmLayer = (firm, firmPath)
        let layers: [([String: String], String)] =
            switch sources {
            case .all: [firmLayer, (environment, "the environment"), (file, filePath)]
            case .notEnvFile: [firmLayer, (environment, "the environment")]
            case .connectionFile: [firmLayer]
            }
        for (values, source) in layers {
            guard let access = Self.present(values["CLIO_ACCESS_TOKEN"]) else { continue }
            return (access, Self.present(values["CLIO_REFRESH_TOKEN"]), source)
        }
        return nil
    }

    mutating func integer(_ name: String, in range: ClosedRange<Int>) throws(ConfigurationError) -> Int? {
        try value(of: name) { (reader) throws(ConfigurationError) in try reader.checkedInteger(name, in: range) }
    }

    private func checkedInteger(_ name: String, in range: ClosedRange<Int>) throws(ConfigurationError) -> Int? {
        guard let text = text(name) else { return nil }
        guard let value = Int(text), range.contains(value) else {
            throw ConfigurationError(
                "\(name) (from \(source(name))): expected a whole number from \(range.lowerBound) to \(range.upperBound)"
            )
        }
        return value
    }

    mutating func decimal(_ name: String, in range: ClosedRange<Double>) throws(ConfigurationError) -> Double? {
        try value(of: name) { (reader) throws(ConfigurationError) in try reader.checkedDecimal(name, in: range) }
    }

    private func checkedDecimal(_ name: String, in range: ClosedRange<Double>) throws(ConfigurationError) -> Double? {
        guard let text = text(name) else { return nil }
        guard let value = Double(text), range.contains(value) else {
            throw ConfigurationError(
                "\(name) (from \(source(name))): expected a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    /// Where a setting that is not about the Clio account comes from, for messages.
    func source(_ name: String) -> String {
        Self.present(environment[name]) != nil
            ? "the environment" : Self.present(firm[name]) != nil ? firmPath : filePath
    }
}
