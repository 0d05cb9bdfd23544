internal import Bytes
internal import JSON
internal import Pipelines
internal import Staging

/// One thing that is wrong with a record.
struct Violation {
    /// `json`, `type`, `required`, `allowed`, `range`, `pattern`, or the name of a row rule.
    let rule: String
    /// Where in the record: `client.id`, `phone_numbers[0].number`.
    private(set) var path: String
    /// The value at fault; nil when it is missing.
    let value: JSONValue?
    /// What was expected; never the value.
    let message: String
    let severity: Severity
    /// What a person decided about it.
    var decision: Decision?

    /// A longer value is cut in a flag; the raw line has all of it.
    static let longestValue = 1000

    /// Sets the path of the element in its record before the path in the element.
    mutating func prepend(_ prefix: String) { path = prefix + path }

    func write(to line: inout JSONWriter) {
        line.beginObject()
        line.key("rule")
        line.string(rule)
        line.key("path")
        line.string(path)
        line.key("value")
        writeValue(to: &line)
        line.key("message")
        line.string(message)
        if let decision { write(decision, to: &line) }
        line.endObject()
    }

    func writeValue(to line: inout JSONWriter) {
        guard let value else { return line.null() }
        if let text = value.utf8, text.count > Self.longestValue {
            line.string(String(decoding: text.prefix(Self.longestValue), as: UTF8.self) + "…")
        } else {
            line.value(value)
        }
    }
}
