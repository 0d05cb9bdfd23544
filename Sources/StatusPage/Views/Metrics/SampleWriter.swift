internal import Progress

/// Writes samples of one connection in Prometheus's text format 0.0.4.
struct SampleWriter {
    /// The lines so far.
    private(set) var text: [UInt8] = []
    /// The family whose samples are written.
    var name: StaticString = ""
    private let connection: [UInt8]
    private let entities: [(progress: EntityProgress, labels: [UInt8])]

    init(_ status: ConnectionStatus) {
        connection = Self.labels([("connection", status.name)])
        let begun = status.job == nil ? [] : status.planned
        let own = connection
        entities = begun.map { entity in
            (entity.progress, own + Self.more([("phase", entity.phase), ("entity", entity.name)]))
        }
    }

    /// Writes the connection's sample; nothing when there is no value.
    mutating func add(_ value: Double?, _ labels: (String, String)...) {
        if let value { line(connection + Self.more(labels), value) }
    }

    /// Writes a sample for each list of the connection's job that has a value.
    mutating func each(_ labels: (String, String)..., value: (EntityProgress) -> Double?) {
        let more = Self.more(labels)
        for entity in entities {
            if let value = value(entity.progress) { line(entity.labels + more, value) }
        }
    }

    private mutating func line(_ labels: [UInt8], _ value: Double) {
        name.withUTF8Buffer { text.append(contentsOf: $0) }
        text.append(UInt8(ascii: "{"))
        text += labels
        text.append(UInt8(ascii: "}"))
        text.append(UInt8(ascii: " "))
        text.append(contentsOf: MetricText.number(value).utf8)
        text.append(UInt8(ascii: "\n"))
    }

    private static func labels(_ labels: [(String, String)]) -> [UInt8] { Array(more(labels).dropFirst()) }

    /// Labels that follow others, each after a comma.
    private static func more(_ labels: [(String, String)]) -> [UInt8] {
        var text: [UInt8] = []
        for (name, value) in labels { text += Array(",\(name)=\"\(MetricText.escapeLabel(value))\"".utf8) }
        return text
    }
}
