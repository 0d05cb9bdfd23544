/// Prometheus's text format 0.0.4, family by family.
struct MetricText {
    enum Kind: String, Sendable { case counter, gauge }

    private(set) var bytes: [UInt8] = []

    /// Writes a family of one sample.
    mutating func family(
        _ name: String, _ kind: Kind, _ help: String, labels: [(String, String)] = [], _ value: Double
    ) {
        begin(name, kind, help)
        let labels = labels.map { "\($0.0)=\"\(Self.escapeLabel($0.1))\"" }.joined(separator: ",")
        bytes += Array((name + (labels.isEmpty ? "" : "{\(labels)}") + " \(Self.number(value))\n").utf8)
    }

    /// Writes a family with its samples; nothing when there are none.
    /// - Parameter lines: whole lines.
    mutating func family(_ name: String, _ kind: Kind, _ help: String, _ lines: some Collection<ArraySlice<UInt8>>) {
        guard lines.contains(where: { !$0.isEmpty }) else { return }
        begin(name, kind, help)
        for lines in lines { bytes += lines }
    }

    private mutating func begin(_ name: String, _ kind: Kind, _ help: String) {
        bytes += Array("# HELP \(name) \(Self.escapeHelp(help))\n# TYPE \(name) \(kind.rawValue)\n".utf8)
    }

    /// Backslash, quote and line feed are escaped, as the format asks; other control characters would only do harm.
    static func escapeLabel(_ value: String) -> String {
        guard value.utf8.count > mostCharacters || !value.utf8.allSatisfy(isPlain) else { return value }
        var result = ""
        for scalar in value.unicodeScalars.prefix(mostCharacters) {
            switch scalar {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            default:
                if scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value) {
                    result += "\u{FFFD}"
                } else {
                    result.unicodeScalars.append(scalar)
                }
            }
        }
        return result
    }

    /// Whether a byte needs no escape in the value of a label.
    private static func isPlain(_ byte: UInt8) -> Bool {
        (0x20..<0x7F).contains(byte) && byte != UInt8(ascii: "\\") && byte != UInt8(ascii: "\"")
    }

    private static let mostCharacters = 200

    private static func escapeHelp(_ value: String) -> String {
        value.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
    }

    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
    }
}
