internal import Glibc
internal import JSON

/// Finds the numbers of some columns in raw records and adds them up. Not Sendable.
///
/// It shares nothing with the transform but the JSON parser: what it knows are the paths of the pipeline file.
final class RawNumbers {
    private struct Node {
        let key: [UInt8]
        var children: [Int] = []
        /// The column whose number is here.
        var column: Int?
        /// The elements' tree, when a nested list is here.
        var elements: Int?
        var value: JSONValue?
    }

    private let columns: [SummedColumn]
    /// The first is the record's root; those of the lists' elements follow.
    private var nodes = [Node(key: [])]
    private let idNode: Int
    /// A sum for each column.
    private(set) var sums: [ExactSum]

    init(_ columns: [SummedColumn]) {
        self.columns = columns
        sums = columns.map { _ in ExactSum() }
        idNode = Self.node(at: ["id"], below: 0, &nodes)
        for (index, column) in columns.enumerated() {
            var root = 0
            if let list = column.list {
                let place = Self.node(at: list, below: 0, &nodes)
                if nodes[place].elements == nil {
                    nodes[place].elements = nodes.count
                    nodes.append(Node(key: []))
                }
                root = nodes[place].elements ?? 0
            }
            nodes[Self.node(at: column.path, below: root, &nodes)].column = index
        }
    }

    private static func node(at path: [String], below root: Int, _ nodes: inout [Node]) -> Int {
        path.reduce(root) { parent, key in
            let key = Array(key.utf8)
            if let known = nodes[parent].children.first(where: { nodes[$0].key == key }) { return known }
            nodes.append(Node(key: key))
            nodes[parent].children.append(nodes.count - 1)
            return nodes.count - 1
        }
    }

    /// Reads a record; returns its id, when it has one.
    func read(_ record: JSONValue) -> JSONValue? {
        forget(0)
        find(record, 0)
        return nodes[idNode].value
    }

    /// Adds the numbers of the record that was read last.
    func add() { add(below: 0) }

    private func forget(_ node: Int) {
        nodes[node].value = nil
        for child in nodes[node].children { forget(child) }
    }

    private func find(_ object: JSONValue, _ parent: Int) {
        object.forEachMember { key, value in
            for child in nodes[parent].children where Self.matches(nodes[child].key, key) {
                // If a key occurs twice, the last one counts, and nothing of the first.
                forget(child)
                nodes[child].value = value
                if !nodes[child].children.isEmpty { find(value, child) }
            }
        }
    }

    private func add(below parent: Int) {
        for child in nodes[parent].children {
            guard let value = nodes[child].value else { continue }
            if let column = nodes[child].column, let number = columns[column].number(value) {
                sums[column].add(number)
            }
            if let elements = nodes[child].elements {
                value.forEachElement { element in
                    forget(elements)
                    find(element, elements)
                    add(below: elements)
                }
            }
            add(below: child)
        }
    }

    @inline(__always)
    private static func matches(_ own: [UInt8], _ key: UnsafeRawBufferPointer) -> Bool {
        guard own.count == key.count else { return false }
        guard let start = key.baseAddress else { return true }
        return own.withUnsafeBytes { memcmp($0.baseAddress ?? start, start, key.count) == 0 }
    }
}
