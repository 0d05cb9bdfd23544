import Foundation
import JSON
import Logging
import Staging

/// Logs on stderr, as text for people or as JSON for machines.
struct StderrLogHandler: LogHandler {
    /// `--log-format`.
    enum Style: String, Sendable { case text, json }

    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level
    private let style: Style
    private let label: String

    init(label: String, level: Logger.Level, style: Style) {
        self.label = label
        logLevel = level
        self.style = style
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        switch style {
        case .text:
            let pairs = all.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
            Terminal.note(Terminal.safe("\(UTC.now()) \(event.level.rawValue) \(event.message)\(pairs)"))
        case .json:
            var line = JSONWriter()
            line.beginObject()
            line.key("time")
            line.string(UTC.now())
            line.key("level")
            line.string(event.level.rawValue)
            line.key("logger")
            line.string(label)
            line.key("message")
            line.string("\(event.message)")
            for (key, value) in all.sorted(by: { $0.key < $1.key }) {
                line.key(key)
                line.string("\(value)")
            }
            line.endObject()
            Terminal.line(line.text)
        }
    }
}
