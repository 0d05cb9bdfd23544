internal import Bytes
internal import JSON
internal import Pipelines
internal import Staging

/// Turns raw lines into clean and flagged lines: pure, no disk, no clock. Not Sendable: each worker has its own.
final class RecordTransformer {
    /// What became of a record.
    enum Outcome { case accepted, warned, rejected }

    /// Clean lines so far; the caller takes them and empties the buffer.
    var clean = JSONWriter(capacity: 1 << 19)
    /// Flagged lines so far.
    var flagged = JSONWriter(capacity: 1 << 14)
    /// The rules broken by the last record.
    var violations: [Violation] = []
    /// What a person's word made of the last record against its rules' severity.
    var reviewed: Decision.Verdict?

    let entity: Entity
    let plan: ObjectPlan
    private let rowWriter: RowWriter
    private let children: [ChildTransformer]
    let rules: [(rule: RowRule, condition: CompiledCondition)]
    private let row: UnsafeMutableBufferPointer<RowValue>
    private let parser = JSONParser()
    let keyIndex: Int?
    private let versionIndex: Int?
    /// nil: there are no decisions about this entity.
    private let decisions: DecisionSet?

    init(_ entity: Entity, decisions: DecisionSet? = nil) throws(TransformError) {
        self.decisions = decisions?.isEmpty == true ? nil : decisions
        self.entity = entity
        let table = entity.table
        let order = entity.fields.map { String($0.prefix { $0 != "{" }) }
        plan = try ObjectPlan(columns: table.columns, paths: table.children.map(\.path), order: order, hasKey: true)
        rowWriter = RowWriter(plan.columns)
        var children: [ChildTransformer] = []
        for child in table.children {
            children.append(try ChildTransformer(child, places: plan.places(of: child.path)))
        }
        self.children = children
        var rules: [(RowRule, CompiledCondition)] = []
        for rule in table.rules { rules.append((rule, try CompiledCondition(rule.condition, columns: table.columns))) }
        self.rules = rules
        row = .allocate(capacity: max(1, table.columns.count))
        row.initialize(repeating: .null)
        keyIndex = table.columns.firstIndex { $0.name == Table.keyColumn }
        versionIndex = table.columns.firstIndex { $0.name == Table.versionColumn }
    }

    deinit { row.deallocate() }

    /// Transforms one line; padding after it must be readable.
    /// - Parameters:
    ///   - part: the raw part's name, for flags.
    ///   - number: the raw line, from 1.
    func transform(_ raw: UnsafeRawBufferPointer, part: String, number: Int) -> Outcome {
        let raw = JSONParser.withoutMark(raw)
        violations.removeAll(keepingCapacity: true)
        reviewed = nil
        let record: JSONValue
        do throws(JSONError) {
            record = try parser.parse(raw)
        } catch {
            violations.append(
                Violation(rule: "json", path: "", value: nil, message: error.description, severity: .reject))
            flag(nil, raw, part: part, number: number, severity: .reject)
            return .rejected
        }
        guard record.kind == .object else {
            violations.append(
                Violation(
                    rule: "type", path: "", value: record, message: "expected an object, got \(record.kind.words)",
                    severity: .reject))
            flag(record, raw, part: part, number: number, severity: .reject)
            return .rejected
        }
        plan.read(record)
        let start = clean.buffer.count
        clean.beginObject()
        rowWriter.write(from: plan, to: &clean, row, &violations)
        for child in children { child.write(plan, to: &clean, &violations) }
        clean.endObject()
        clean.newline()
        checkRules()
        if parser.lastWasLenient { reportDamage(record, "") }
        if violations.isEmpty { return .accepted }
        var isRejected = violations.contains { $0.severity == .reject }
        if let decisions { isRejected = review(decisions, record, isRejected: isRejected) }
        if isRejected {
            clean.buffer.truncate(to: start)
            flag(record, raw, part: part, number: number, severity: .reject)
            return .rejected
        }
        flag(record, raw, part: part, number: number, severity: .warn)
        return .warned
    }

    private func checkRules() {
        for (rule, condition) in rules where condition.evaluate(row) == false {
            violations.append(
                Violation(
                    rule: rule.name, path: rule.text, value: nil, message: rule.message ?? "expected \(rule.text)",
                    severity: rule.severity))
        }
    }

    /// Invalid Unicode anywhere in the record; the column has U+FFFD in its place.
    private func reportDamage(_ value: JSONValue, _ path: String) {
        switch value.kind {
        case .object:
            value.forEachMember { key, member in
                let name = String(decoding: key, as: UTF8.self)
                reportDamage(member, path.isEmpty ? name : "\(path).\(name)")
            }
        case .array:
            var index = 0
            value.forEachElement { element in
                reportDamage(element, "\(path)[\(index)]")
                index += 1
            }
        case .damagedString where !violations.contains { $0.path == path }:
            violations.append(
                Violation(
                    rule: "json", path: path, value: value, message: "text that is no valid Unicode", severity: .warn))
        default: break
        }
    }

    private func flag(
        _ record: JSONValue?, _ raw: UnsafeRawBufferPointer, part: String, number: Int, severity: Severity
    ) {
        flagged.beginObject()
        flagged.key("entity")
        flagged.string(entity.name)
        flagged.key("id")
        writeID(record)
        flagged.key("severity")
        flagged.string(severity.rawValue)
        flagged.key("violations")
        flagged.beginArray()
        for violation in violations { violation.write(to: &flagged) }
        flagged.endArray()
        flagged.key("part")
        flagged.string(part)
        flagged.key("line")
        flagged.integer(number)
        if severity == .reject {
            flagged.key("updated_at")
            writeVersion(record)
            flagged.key("record")
            if let record, parser.lastWasLenient {
                flagged.value(record)
            } else if record != nil {
                flagged.raw(raw)
            } else {
                flagged.string(String(decoding: raw, as: UTF8.self))
            }
        }
        flagged.endObject()
        flagged.newline()
    }

    /// The id as the clean line has it, by which the load finds the row; one that cannot be the table's as it was sent.
    private func writeID(_ record: JSONValue?) {
        guard record?.kind == .object, let keyIndex, let node = plan.columns[keyIndex].places.last,
            let value = plan.value(at: node)
        else { return flagged.null() }
        if case .success = plan.columns[keyIndex].write(value, to: &flagged) { return }
        if value.kind == .integer || value.kind == .string { flagged.value(value) } else { flagged.null() }
    }

    private func writeVersion(_ record: JSONValue?) {
        guard record?.kind == .object, let versionIndex, case .instant(let seconds) = row[versionIndex] else {
            return flagged.null()
        }
        flagged.raw(UnsafeRawBufferPointer(start: nil, count: 0))
        flagged.buffer.append(UInt8(ascii: "\""))
        Instant.write(seconds: seconds, to: &flagged.buffer)
        flagged.buffer.append(UInt8(ascii: "\""))
    }
}
