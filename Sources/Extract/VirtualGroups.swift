internal import Pipelines
internal import Staging

/// The groups of a list that exist in numbers only, and their pages.
///
/// They have from half to one and a half times as many records as the average, so that their last pages are half full on the
/// average, and those of small groups are their only ones.
struct VirtualGroups: VirtualClio {
    /// Records of each group.
    let sizes: [Int]
    private let grouping: Grouping
    private let pageSize: Int

    init(_ grouping: Grouping, records: Int, count: Int, pageSize: Int) {
        self.grouping = grouping
        self.pageSize = pageSize
        func before(_ group: Int) -> Int {
            let share = Double(group) / Double(count)
            return Int(Double(records) * (share + share * share) / 2)
        }
        sizes = (0..<count).map { before($0 + 1) - before($0) }
    }

    /// The list that fetches them.
    var list: GroupedList {
        let groups = sizes.indices.map { GroupDirectory.Group(key: "\($0)", name: nil, values: ["\($0)"]) }
        return GroupedList(grouping, GroupDirectory(groups), fields: FieldList(wanted: []))
    }

    /// Pages of all groups, of which none has less than one.
    var pages: Int { sizes.reduce(0) { $0 + max(1, ($1 + pageSize - 1) / pageSize) } }

    func page(of key: StreamKey, next: String?) -> CutPage {
        guard case .group(_, let value) = key.scope, let group = Int(value) else { return CutPage() }
        return page(of: sizes[group], from: next, size: pageSize).page
    }
}
