internal import JSON
internal import Pipelines

/// Which lines of a layer a command works on.
public struct LineSelection: Sendable {
    /// Only records with one of these ids; empty: all.
    public var ids: Set<String>
    /// Only lines for which this is true.
    public var filter: RecordFilter?
    /// Only the newest version of each record, and none that Clio deleted.
    public var isCurrentOnly: Bool

    /// A selection; all lines without arguments.
    public init(ids: [String] = [], filter: RecordFilter? = nil, isCurrentOnly: Bool = false) {
        self.ids = Set(ids)
        self.filter = filter
        self.isCurrentOnly = isCurrentOnly
    }

    /// Whether every line is taken that is current.
    var isEverything: Bool { ids.isEmpty && filter == nil }
}

/// Decides line by line. Not Sendable: it has a parser.
final class LineMatcher {
    private let selection: LineSelection
    private let parser = JSONParser()
    private let needle: IDNeedle?
    private let keyPath: [String]

    init(_ selection: LineSelection, _ layer: StagedLayers.Layer, _ entity: Entity) {
        self.selection = selection
        let column = layer == .raw ? entity.table.column(named: Table.keyColumn) : nil
        let path = column?.path ?? [Table.keyColumn]
        keyPath = path
        let only = selection.ids.count == 1 ? selection.ids.first : nil
        needle = only.map { IDNeedle(key: path.last ?? Table.keyColumn, id: $0) }
    }

    /// Whether a line is taken; one that is no JSON only when every line is.
    func matches(_ line: UnsafeRawBufferPointer) -> Bool {
        if selection.isEverything { return true }
        if let needle, !needle.mayBeIn(line) { return false }
        guard let value = try? parser.parse(line) else { return false }
        if !selection.ids.isEmpty {
            var id: JSONValue? = value
            for key in keyPath { id = id?[key] }
            guard let id, let text = id.int64.map({ String($0) }) ?? id.string, selection.ids.contains(text) else {
                return false
            }
        }
        return selection.filter?.matches(value) ?? true
    }
}
