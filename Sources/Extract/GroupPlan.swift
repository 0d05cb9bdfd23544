internal import Pipelines
internal import Staging

/// Which page of which group comes next, when a list is cut into groups.
///
/// The first page of each group comes first, since it tells how long the group is, and the groups follow one after the other, the
/// largest first; what somebody wants sooner goes before all. Where the group in hand cannot spend the budget, the next ones take
/// what it leaves. Pure: filled from the manifest and from every page.
struct GroupPlan: Sendable {
    /// The walk of one value of the filter.
    struct Chain: Sendable, Equatable {
        let key: StreamKey
        /// The group's place.
        let group: Int
        let value: String
        /// Where it goes on; nil: at its beginning.
        var next: String?
        /// The highest id that it came to.
        var lastID: Int64?
        /// Clio's count of it.
        var total: Int?
        var pages = 0
        var isOpen = true
        /// Whether it ended before its end; the last walk brings what it left.
        var isBroken = false
        /// Whether a page of it is under way.
        var isTaken = false
    }

    let groups: [GroupDirectory.Group]
    private(set) var chains: [Chain] = []

    init(_ grouping: Grouping, _ directory: GroupDirectory, _ manifest: RawManifest) {
        groups = directory.groups
        for (place, group) in groups.enumerated() {
            for value in group.values {
                let key = GroupDirectory.stream(grouping, value)
                guard !chains.contains(where: { $0.key == key }) else { continue }
                var chain = Chain(key: key, group: place, value: value)
                if let stream = manifest.streams[key] {
                    chain.next = stream.next
                    chain.lastID = stream.ids?.upperBound
                    chain.total = stream.reportedTotal
                    chain.pages = stream.pages
                    chain.isOpen = !stream.finished
                    chain.isBroken = stream.finished && !stream.isExhausted
                }
                chains.append(chain)
            }
        }
    }

    /// Those still to be walked.
    var open: [Chain] { chains.filter(\.isOpen) }

    /// Whether all of a group is there.
    func isComplete(_ group: Int) -> Bool { chains.allSatisfy { $0.group != group || (!$0.isOpen && !$0.isBroken) } }

    /// A group's place among all, from 0: by length, what has no group last.
    func rank(_ group: Int) -> Int {
        let own = order(group)
        return groups.indices.reduce(0) { $0 + (order($1) < own ? 1 : 0) }
    }

    private func order(_ group: Int) -> (Int, Int, Int) {
        let total = chains.reduce(0) { $0 + ($1.group == group ? $1.total ?? 0 : 0) }
        return (groups[group].values == [GroupDirectory.null] ? 1 : 0, -total, group)
    }

    /// Takes the chain whose next page is to be asked for, and says its place; nil when all have one under way, or none is left.
    /// - Parameter preference: of a group that somebody wants sooner; a lower number goes first.
    mutating func take(_ preference: (GroupDirectory.Group) -> Int?) -> Int? {
        var best: (key: [Int], place: Int)?
        let ranks = groups.indices.map { rank($0) }
        let wishes = groups.map { preference($0) ?? .max }
        for (place, chain) in chains.enumerated() where chain.isOpen && !chain.isTaken {
            let isLast = groups[chain.group].values == [GroupDirectory.null]
            let key = [
                wishes[chain.group], isLast ? 1 : 0, chain.pages == 0 ? 0 : 1,
                chain.pages == 0 ? chain.group : ranks[chain.group],
            ]
            if best.map({ key.lexicographicallyPrecedes($0.key) }) ?? true { best = (key, place) }
        }
        guard let place = best?.place else { return nil }
        chains[place].isTaken = true
        return place
    }

    /// What a chain's page showed.
    mutating func note(_ key: StreamKey, _ page: CutPage) {
        update(key) { chain in
            if chain.pages == 0 { chain.total = page.total }
            chain.pages += 1
            chain.next = page.next
            chain.lastID = page.highestID ?? chain.lastID
            if page.next == nil { chain.isOpen = false }
        }
    }

    /// A chain's page is there, or will not come.
    mutating func release(_ place: Int) { chains[place].isTaken = false }

    /// Ends a chain before its end.
    mutating func breakOff(_ key: StreamKey) {
        update(key) { chain in
            chain.isOpen = false
            chain.isBroken = true
        }
    }

    private mutating func update(_ key: StreamKey, _ change: (inout Chain) -> Void) {
        guard let place = chains.firstIndex(where: { $0.key == key }) else { return }
        change(&chains[place])
    }
}
