internal import Foundation
internal import Staging

/// Names and values of settings: the environment first, then a `.env` file.
struct SettingsReader {
    private let environment: [String: String]
    private let file: [String: String]
    private let filePath: String
    private let firm: [String: String]
    private let firmPath: String

    /// - Parameters:
    ///   - path: the `.env` file.
    ///   - mustExist: whether somebody asked for this file by name.
    ///   - connectionFile: the firm's own file; it need not be there.
    init(
        environment: [String: String], file path: String, mustExist: Bool, connectionFile: String? = nil
    ) throws(ConfigurationError) {
        self.environment = environment
        filePath = path
        firmPath = connectionFile ?? ""
        let content = try Self.read(path)
        guard content != nil || !mustExist else {
            throw ConfigurationError("\(path): is not there; give --env-file the path of a file that is")
        }
        file = content ?? [:]
        firm = try connectionFile.flatMap { path throws(ConfigurationError) in try Self.read(path) } ?? [:]
    }

    private static func read(_ path: String) throws(ConfigurationError) -> [String: String]? {
        let content: [UInt8]?
        do { content = try Files.read(path) } catch { throw ConfigurationError(error.description) }
        guard let content else { return nil }
        guard let text = String(validating: content, as: UTF8.self) else {
            throw ConfigurationError("\(path): is no UTF-8 text; save it as UTF-8")
        }
        return try parse(text, path: path)
    }

    /// `NAME=value`, `export NAME="value"`, `# comment`.
    static func parse(_ text: String, path: String) throws(ConfigurationError) -> [String: String] {
        var values: [String: String] = [:]
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            var rest = line.trimmingCharacters(in: .whitespaces)
            if rest.isEmpty || rest.hasPrefix("#") { continue }
            if rest.hasPrefix("export ") { rest = String(rest.dropFirst(7)).trimmingCharacters(in: .whitespaces) }
            guard let equals = rest.firstIndex(of: "="), equals != rest.startIndex else {
                throw ConfigurationError("\(path):\(index + 1): expected NAME=value")
            }
            let name = rest[..<equals].trimmingCharacters(in: .whitespaces)
            var value = rest[rest.index(after: equals)...].trimmingCharacters(in: .whitespaces)
            if let quote = value.first, quote == "\"" || quote == "'" {
                guard value.count >= 2, let end = value.dropFirst().firstIndex(of: quote) else {
                    throw ConfigurationError("\(path):\(index + 1): the quote is not closed")
                }
                value = String(value[value.index(after: value.startIndex)..<end])
            } else if let comment = value.range(of: " #") {
                value = value[..<comment.lowerBound].trimmingCharacters(in: .whitespaces)
            }
            values[name] = value
        }
        return values
    }

    /// A text; nil when it is not set, or empty.
    func text(_ name: String) -> String? {
        // What a firm's file says of its Clio account is true of that firm alone.
        let layers = name.hasPrefix("CLIO_") ? [firm, environment, file] : [environment, firm, file]
        let value = layers.lazy.compactMap { $0[name] }.first
        return value?.isEmpty == false ? value : nil
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
            guard let access = values["CLIO_ACCESS_TOKEN"], !access.isEmpty else { continue }
            return (access, values["CLIO_REFRESH_TOKEN"].flatMap { $0.isEmpty ? nil : $0 }, source)
        }
        return nil
    }

    func integer(_ name: String, in range: ClosedRange<Int>) throws(ConfigurationError) -> Int? {
        guard let text = text(name) else { return nil }
        guard let value = Int(text), range.contains(value) else {
            throw ConfigurationError(
                "\(name) (from \(source(name))): expected a whole number from \(range.lowerBound) to \(range.upperBound)"
            )
        }
        return value
    }

    func decimal(_ name: String, in range: ClosedRange<Double>) throws(ConfigurationError) -> Double? {
        guard let text = text(name) else { return nil }
        guard let value = Double(text), range.contains(value) else {
            throw ConfigurationError(
                "\(name) (from \(source(name))): expected a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    /// Where a setting that is not about the Clio account comes from, for messages.
    func source(_ name: String) -> String {
        environment[name] != nil ? "the environment" : firm[name] != nil ? firmPath : filePath
    }
}
