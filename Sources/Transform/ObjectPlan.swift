internal import Glibc
internal import JSON
internal import Pipelines

/// How one kind of JSON object becomes columns: the keys to look for, as a flat tree, and a check per column.
///
/// Clio answers with keys in the order of `fields`, so each key is first compared with the one that followed last time.
final class ObjectPlan {
    /// A key at one place of the object's tree.
    struct Node {
        let key: UnsafeRawBufferPointer
        /// The first eight bytes, zero padded: most keys differ in them.
        let word: UInt64
        var children: Range<Int>
    }

    private let nodes: UnsafeMutableBufferPointer<Node>
    private let roots: Range<Int>
    /// The bytes of the nodes' keys.
    private let keys: [OwnedBytes]
    let columns: [ColumnPlan]
    /// Whether the current record has another value where an object should be.
    private(set) var hasOddParent = false
    /// The value found at each node of the current record.
    private let values: UnsafeMutableBufferPointer<JSONValue>
    private let found: UnsafeMutableBufferPointer<Bool>

    /// - Parameters:
    ///   - paths: further places to look up (lists of child tables).
    ///   - order: the top-level keys in the order in which Clio will send them.
    ///   - hasKey: whether the column `id` is the table's key; in a child table it is a column like any other.
    init(columns: [Column], paths: [[String]], order: [String], hasKey: Bool) throws(TransformError) {
        let wanted = columns.map(\.path) + paths
        let (tree, roots, keys) = Self.tree(wanted, order: order)
        self.roots = roots
        self.keys = keys
        let nodes = UnsafeMutableBufferPointer<Node>.allocate(capacity: tree.count)
        _ = nodes.initialize(from: tree)
        self.nodes = nodes
        values = .allocate(capacity: max(1, nodes.count))
        found = .allocate(capacity: max(1, nodes.count))
        found.initialize(repeating: false)
        self.columns = try columns.enumerated().map { (index, column) throws(TransformError) in
            try ColumnPlan(
                column, places: Self.places(of: column.path, nodes: nodes, roots: roots), isFirst: index == 0,
                isKey: hasKey && column.name == Table.keyColumn)
        }
    }

    deinit {
        nodes.deallocate()
        values.deallocate()
        found.deallocate()
    }

    /// The node of each key of a path.
    func places(of path: [String]) -> [Int] { Self.places(of: path, nodes: nodes, roots: roots) }

    /// Finds the values of one object.
    func read(_ object: JSONValue) {
        found.update(repeating: false)
        if visit(object, roots) { hasOddParent = true } else if hasOddParent { hasOddParent = false }
    }

    /// The value found at each node, and whether one was found: for a loop over all columns.
    var memory: (values: UnsafeMutableBufferPointer<JSONValue>, found: UnsafeMutableBufferPointer<Bool>) {
        (values, found)
    }

    /// The value at a node; nil when the key was missing.
    @inline(__always)
    func value(at node: Int) -> JSONValue? { found[node] ? values[node] : nil }

    /// True when a value is no object but should be one.
    private func visit(_ object: JSONValue, _ range: Range<Int>) -> Bool {
        var hint = range.lowerBound
        var isOdd = false
        let (nodes, values, found) = (nodes, values, found)
        object.forEachMember { key, value in
            guard let index = Self.match(key, nodes, range, hint) else { return }
            hint = index + 1 == range.upperBound ? range.lowerBound : index + 1
            values[index] = value
            found[index] = true
            let children = nodes[index].children
            if children.isEmpty { return }
            // If a key occurs twice, the last one counts: nothing of the first may remain.
            for child in children { forget(child) }
            if value.tag == JSONValue.Kind.object.rawValue {
                if visit(value, children) { isOdd = true }
            } else if !value.isNull {
                isOdd = true
            }
        }
        return isOdd
    }

    private func forget(_ node: Int) {
        found[node] = false
        for child in nodes[node].children { forget(child) }
    }

    @inline(__always)
    private static func match(
        _ key: UnsafeRawBufferPointer, _ nodes: UnsafeMutableBufferPointer<Node>, _ range: Range<Int>, _ hint: Int
    ) -> Int? {
        let word = Self.word(key)
        var index = hint
        for _ in 0..<range.count {
            if nodes[index].word == word, nodes[index].key.count == key.count,
                key.count <= 8 || same(nodes[index].key, key)
            {
                return index
            }
            index = index + 1 == range.upperBound ? range.lowerBound : index + 1
        }
        return nil
    }

    @inline(__always)
    private static func same(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
        guard let left = left.baseAddress, let start = right.baseAddress else { return true }
        return memcmp(left, start, right.count) == 0
    }

    @inline(__always)
    private static func word(_ key: UnsafeRawBufferPointer) -> UInt64 {
        // A key on the tape is followed by a NUL and more of the parser's memory, but not surely by eight bytes.
        if key.count >= 8 { return key.loadUnaligned(as: UInt64.self) }
        var word: UInt64 = 0
        for index in 0..<key.count { word |= UInt64(key[index]) << UInt64(index * 8) }
        return word
    }

    private static func places(of path: [String], nodes: UnsafeMutableBufferPointer<Node>, roots: Range<Int>) -> [Int] {
        var range = roots
        var places: [Int] = []
        for key in path {
            guard let index = range.first(where: { nodes[$0].key.elementsEqual(key.utf8) }) else { return [] }
            places.append(index)
            range = nodes[index].children
        }
        return places
    }

    /// Lays the tree out level by level, so that the children of a node are adjacent.
    private static func tree(_ paths: [[String]], order: [String]) -> (
        nodes: [Node], roots: Range<Int>, keys: [OwnedBytes]
    ) {
        var nodes: [Node] = []
        var owners: [OwnedBytes] = []
        var queue: [(prefix: [String], parent: Int?)] = [([], nil)]
        var roots = 0..<0
        while !queue.isEmpty {
            let (prefix, parent) = queue.removeFirst()
            var keys: [String] = []
            for path in paths where path.count > prefix.count && path.starts(with: prefix) {
                let key = path[prefix.count]
                if !keys.contains(key) { keys.append(key) }
            }
            if prefix.isEmpty {
                let rank = Dictionary(zip(order, 0...), uniquingKeysWith: { first, _ in first })
                keys = keys.enumerated().sorted {
                    (rank[$0.element] ?? Int.max, $0.offset) < (rank[$1.element] ?? Int.max, $1.offset)
                }.map(\.element)
            }
            let start = nodes.count
            for key in keys {
                let owner = OwnedBytes(key)
                owners.append(owner)
                nodes.append(Node(key: owner.bytes, word: word(owner.bytes), children: 0..<0))
                queue.append((prefix + [key], nodes.count - 1))
            }
            if let parent { nodes[parent].children = start..<nodes.count } else { roots = start..<nodes.count }
        }
        return (nodes, roots, owners)
    }
}
