internal import JSON
internal import Pipelines
internal import Staging
public import Transform

/// A flagged version of a record: where its raw line is, what is wrong with it, and what was decided.
public struct ReviewRecord: Sendable {
    /// The phase.
    public let phase: String
    /// The entity.
    public let entity: String
    /// The record's id.
    public let id: String
    /// The raw part's file.
    public let file: String
    /// The line in it, from 1.
    public let line: Int
    /// The raw record as Clio sent it.
    public let record: String
    /// What the present pipeline and the present decisions make of it.
    public let examination: RecordExaminer.Examination
    /// Whether the staged layers say the same already.
    public let isTransformed: Bool

    /// One JSON object.
    public var json: String {
        var line = JSONWriter()
        line.beginObject()
        line.member("phase", phase)
        line.member("entity", entity)
        line.member("id", id)
        line.member("file", file)
        line.member("line", self.line)
        line.key("loaded")
        line.bool(!examination.isRejected)
        line.key("acceptable")
        line.bool(!examination.isKeyBroken)
        line.key("transformed")
        line.bool(isTransformed)
        line.key("violations")
        line.beginArray()
        for finding in examination.findings { finding.write(to: &line) }
        line.endArray()
        line.key("record")
        line.record(record)
        line.endObject()
        return line.text
    }
}

extension RecordExaminer.Finding {
    func write(to line: inout JSONWriter) {
        line.beginObject()
        line.member("rule", rule)
        line.member("path", path)
        line.key("value")
        line.raw(value)
        line.member("message", message)
        line.member("severity", isReject ? "reject" : "warn")
        line.key("decision")
        if let decision { decision.write(to: &line) } else { line.null() }
        line.endObject()
    }
}

extension JSONWriter {
    /// A raw line as JSON, or as text when it is none that every reader takes.
    mutating func record(_ text: String) {
        let parser = JSONParser()
        if (try? parser.parse(text)) != nil, !parser.lastWasLenient { raw(text) } else { string(text) }
    }
}

extension Review {
    /// Every flagged version of a record.
    public func show(entity name: String, id: String) throws -> [ReviewRecord] {
        let decisions = DecisionSet(try file.read(), entity: name)
        var records: [ReviewRecord] = []
        for entity in try entities(named: name) {
            var lines: [String: Set<Int>] = [:]
            try forEachFlagged(entity, id: id) { lines[$0.part, default: []].insert($0.line) }
            guard !lines.isEmpty else { continue }
            let header = try ResultManifest.read(place(entity))?.header
            let isTransformed = header?.fingerprint == Transformer.fingerprint(entity, decisions: decisions)
            let examiner = try RecordExaminer(entity, decisions: decisions)
            try forEachRawLine(entity, lines) { part, number, line in
                let examination = examiner.examine(line)
                guard examination.id == id else { return }
                records.append(
                    ReviewRecord(
                        phase: entity.phase, entity: entity.name, id: id,
                        file: "\(place(entity).raw)/\(part).ndjson.gz", line: number,
                        record: String(decoding: line, as: UTF8.self), examination: examination,
                        isTransformed: isTransformed))
            }
        }
        return records
    }
}
