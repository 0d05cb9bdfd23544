public import JSON
internal import Pipelines
internal import Staging
public import Transform

/// A flagged version of a record: where its raw line is, what is wrong with it, and what was decided.
public struct ReviewRecord: JSONReport, Sendable {
    /// The phase.
    public let phase: String
    /// The entity.
    public let entity: String
    /// The record's id; nil when it has none that can be used.
    public let id: String?
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

    private enum CodingKeys: CodingKey {
        case phase, entity, id, file, line, loaded, acceptable, transformed, violations, record
    }

    /// The record with what is wrong with it.
    public func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: CodingKeys.self)
        try members.encode(phase, forKey: .phase)
        try members.encode(entity, forKey: .entity)
        try members.encode(id, forKey: .id)
        try members.encode(file, forKey: .file)
        try members.encode(line, forKey: .line)
        try members.encode(!examination.isRejected, forKey: .loaded)
        try members.encode(!examination.isKeyBroken, forKey: .acceptable)
        try members.encode(isTransformed, forKey: .transformed)
        try members.encode(examination.findings, forKey: .violations)
        try members.encode(RawJSON(line: record), forKey: .record)
    }
}

extension RawJSON {
    /// A raw line as it is, or as a JSON string when it is not JSON that every reader takes.
    init(line: String) {
        let parser = JSONParser()
        let isJSON = (try? parser.parse(line)) != nil && !parser.lastWasLenient
        self.init(isJSON ? line : OrderedEncoder().encode(line))
    }
}

/// Which flagged records of an entity are looked at.
public enum ReviewChoice: Sendable, Equatable {
    /// Every version of one record.
    case id(String)
    /// Those without a usable id: no other name than file and line leads to them.
    case withoutID
}

extension Review {
    /// Every flagged version of a record, or the records without a usable id.
    /// - Parameters:
    ///   - phases: empty: all that have the entity.
    ///   - most: at most so many.
    public func show(
        entity name: String, _ choice: ReviewChoice, phases: [String] = [], most: Int = .max
    ) throws -> [ReviewRecord] {
        let decisions = DecisionSet(try file.read(), entity: name)
        var wantedID: String?
        if case .id(let id) = choice { wantedID = id }
        var records: [ReviewRecord] = []
        for entity in try entities(named: name, phases: phases) where records.count < most {
            var lines: [String: Set<Int>] = [:]
            var left = most - records.count
            try forEachFlagged(entity, id: wantedID) { flagged in
                guard left > 0, wantedID != nil || flagged.id == nil else { return }
                lines[flagged.part, default: []].insert(flagged.line)
                left -= 1
            }
            guard !lines.isEmpty else { continue }
            let header = try ResultManifest.read(place(entity))?.header
            let isTransformed = header?.fingerprint == Transformer.fingerprint(entity, decisions: decisions)
            let examiner = try RecordExaminer(entity, decisions: decisions)
            try forEachRawLine(entity, lines) { part, number, line in
                let examination = examiner.examine(line)
                guard wantedID == nil || examination.id == wantedID else { return }
                records.append(
                    ReviewRecord(
                        phase: entity.phase, entity: entity.name, id: examination.id,
                        file: "\(place(entity).raw)/\(part).ndjson.gz", line: number,
                        record: String(decoding: line, as: UTF8.self), examination: examination,
                        isTransformed: isTransformed))
            }
        }
        return records
    }
}
