internal import Bytes
internal import JSON
internal import Pipelines
internal import Staging

extension StagedLayers {
    /// The statistics of a layer's lines.
    public struct Statistics: Sendable {
        /// Every path, in the order of its first appearance, members after their object.
        public var fields: [FieldStatistics] = []
        /// Lines that were looked at.
        public var lines = 0
        /// Lines that are no JSON objects.
        public var broken = 0
        /// Whether there are more paths than are told apart: keys that are data.
        public var isCut = false
    }

    /// Statistics of each path in the chosen lines.
    public func statistics(_ layer: Layer, _ lines: LineSelection = LineSelection()) throws -> Statistics {
        var result = Statistics()
        var roots: [(entity: String, node: FieldNode)] = []
        let budget = FieldBudget()
        let parser = JSONParser()
        try forEachLine(layer, lines) { entity, line in
            result.lines += 1
            guard let record = try? parser.parse(line), record.kind == .object else {
                result.broken += 1
                return true
            }
            let name = "\(entity.phase)/\(entity.name)"
            if roots.last?.entity != name { roots.append((name, FieldNode(entity: name, field: "", key: []))) }
            roots[roots.count - 1].node.visit(record, budget)
            return true
        }
        for root in roots { root.node.collect(into: &result.fields) }
        result.isCut = budget.isUsedUp
        return result
    }
}

/// How many paths are told apart, so that memory stays bounded.
private final class FieldBudget {
    private var left = 5_000
    private(set) var isUsedUp = false

    func take() -> Bool {
        if left == 0 { isUsedUp = true }
        left -= left > 0 ? 1 : 0
        return !isUsedUp
    }
}

/// A path and what is below it.
private final class FieldNode {
    private var statistics: StagedLayers.FieldStatistics
    private let key: [UInt8]
    private var children: [FieldNode] = []
    /// What the elements of a list are.
    private var element: FieldNode?
    private var objects = 0

    init(entity: String, field: String, key: [UInt8]) {
        statistics = StagedLayers.FieldStatistics(entity: entity, field: field)
        self.key = key
    }

    /// Counts an object's members.
    func visit(_ object: JSONValue, _ budget: FieldBudget) {
        objects += 1
        var hint = 0
        object.forEachMember { key, value in
            guard let index = find(key, hint) ?? add(key, budget) else { return }
            hint = index + 1
            children[index].count(value, budget)
        }
    }

    private func count(_ value: JSONValue, _ budget: FieldBudget) {
        statistics.add(value)
        switch value.kind {
        case .object: visit(value, budget)
        case .array:
            value.forEachElement { element in
                if self.element == nil, budget.take() {
                    self.element = FieldNode(entity: statistics.entity, field: statistics.field + "[]", key: [])
                }
                self.element?.count(element, budget)
            }
        default: break
        }
    }

    /// The child with a key; Clio sends keys in one order, so the one after the last is tried first.
    private func find(_ key: UnsafeRawBufferPointer, _ hint: Int) -> Int? {
        if hint < children.count, children[hint].key.elementsEqual(key) { return hint }
        return children.firstIndex { $0.key.elementsEqual(key) }
    }

    private func add(_ key: UnsafeRawBufferPointer, _ budget: FieldBudget) -> Int? {
        guard budget.take() else { return nil }
        let name = String(decoding: key, as: UTF8.self)
        let path = statistics.field.isEmpty ? name : "\(statistics.field).\(name)"
        children.append(FieldNode(entity: statistics.entity, field: path, key: Array(key)))
        return children.count - 1
    }

    func collect(into fields: inout [StagedLayers.FieldStatistics]) {
        for child in children {
            child.statistics.missing = max(0, objects - child.statistics.present)
            fields.append(child.statistics)
            if let element = child.element {
                fields.append(element.statistics)
                element.collect(into: &fields)
            }
            child.collect(into: &fields)
        }
    }
}
