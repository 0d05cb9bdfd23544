public import Bytes

/// What the program and its documents know about a setting, whatever its type.
public protocol SettingDefinition: Sendable {
    /// The environment variables: one as a rule, several where the same is set for several lists.
    var names: [String] { get }
    /// Which commands need it.
    var use: SettingUse { get }
    /// Whether its value must not be shown, logged, or given to other programs.
    var isSecret: Bool { get }
    /// The values that are accepted, for the documents.
    var values: String { get }
    /// The default as the documents show it; empty: there is none.
    var defaultText: String { get }
    /// One line of plain text: for the starter file, the documents and error messages.
    var summary: String { get }
    /// More than the one line, in Markdown; may be empty.
    var details: String { get }
    /// How the starter `.env` shows it.
    var starter: StarterLine { get }
    /// The value where none is set.
    var fallback: any Sendable { get }
    /// Reads a text that is not empty.
    func value(of text: String) throws(ConfigurationError) -> any Sendable
}

/// How the starter `.env` shows a setting.
public enum StarterLine: Sendable, Equatable {
    /// Not at all.
    case none
    /// As a line that counts.
    case value(String)
    /// As a comment that shows how to write it.
    case example(String)
}

/// One setting with the type of its value.
public struct Setting<Value: Sendable>: SettingDefinition {
    /// The environment variables.
    public let names: [String]
    /// Which commands need it.
    public let use: SettingUse
    /// Whether its value must not be shown.
    public let isSecret: Bool
    /// The values that are accepted.
    public let values: String
    /// The default as the documents show it.
    public let defaultText: String
    /// One line of plain text.
    public let summary: String
    /// More than the one line.
    public let details: String
    /// How the starter `.env` shows it.
    public let starter: StarterLine
    let standard: Value
    private let read: @Sendable (String) throws(ConfigurationError) -> Value

    /// The one name of a setting that has one.
    var name: String { names[0] }

    /// The value where none is set.
    public var fallback: any Sendable { standard }

    /// Reads a text that is not empty.
    public func value(of text: String) throws(ConfigurationError) -> any Sendable { try read(text) }

    /// A setting with a default.
    init(
        _ name: String, _ kind: SettingKind<Value>, default standard: Value, use: SettingUse, _ summary: String,
        details: String = "", starter: StarterLine = .none
    ) {
        names = [name]
        self.use = use
        isSecret = false
        values = kind.values
        defaultText = "\(standard)"
        self.summary = summary
        self.details = details
        self.starter = starter
        self.standard = standard
        read = kind.read
    }

    /// A setting that may be absent.
    /// - Parameter defaultText: what holds then, for the documents.
    init<Wrapped>(
        _ names: String..., kind: SettingKind<Wrapped>, secret: Bool = false, defaultText: String = "",
        use: SettingUse, _ summary: String, details: String = "", starter: StarterLine = .none
    ) where Value == Wrapped? {
        self.names = names
        self.use = use
        isSecret = secret
        values = kind.values
        self.defaultText = defaultText
        self.summary = summary
        self.details = details
        self.starter = starter
        standard = nil
        read = { text throws(ConfigurationError) in try kind.read(text) }
    }
}
