internal import JSON
internal import Pipelines

/// Writes the rows of one nested list.
final class ChildTransformer {
    private let child: ChildTable
    private let plan: ObjectPlan
    private let places: [Int]
    private let pathText: String

    init(_ child: ChildTable, places: [Int]) throws(TransformError) {
        self.child = child
        self.places = places
        plan = try ObjectPlan(columns: child.columns, paths: [], order: [], hasKey: false)
        pathText = child.path.joined(separator: ".")
    }

    /// Adds `"child_table":[{…},…]` unless the list is empty or missing.
    ///
    /// An element that is no object keeps its place as a row of NULLs, so that positions stay Clio's.
    func write(_ record: ObjectPlan, to line: inout JSONWriter, _ violations: inout [Violation]) {
        guard let place = places.last, let list = record.value(at: place), !list.isNull else { return }
        guard list.kind == .array else {
            violations.append(
                Violation(
                    rule: "type", path: pathText, value: list, message: "expected a list, got \(list.kind.words)",
                    severity: .warn))
            return
        }
        var index = 0
        // A prefix per element is only needed for a violation; most lists have none.
        list.forEachElement { element in
            if index == 0 {
                line.key(child.name)
                line.beginArray()
            }
            if element.kind != .object {
                violations.append(
                    Violation(
                        rule: "type", path: "\(pathText)[\(index)]", value: element,
                        message: "expected an object, got \(element.kind.words)", severity: .warn))
            }
            plan.read(element)
            line.beginObject()
            let before = violations.count
            for column in plan.columns {
                line.preparedKey(column.key)
                _ = column.write(from: plan, to: &line, prefix: "", &violations)
            }
            if violations.count > before {
                for position in before..<violations.count {
                    violations[position].prepend("\(pathText)[\(index)].")
                }
            }
            line.endObject()
            index += 1
        }
        if index > 0 { line.endArray() }
    }
}
