internal import Pipelines
internal import Staging

/// The chains that an ordered list is walked in, side by side.
///
/// A chain begins at the list's beginning (`all`) or where records were created since a moment
/// (`created_since=2026-01-01T00:00:00Z`), follows Clio's cursor in the order of ids, and ends where the next chain
/// began: at the first id of that one. Chains overlap by a part of a page, and nothing lies between them as long as ids
/// and creations grow together; whether they do is looked at in every page, and Clio's count has the last word.
///
/// Pure: filled from the manifest and from every page. Seconds are since 1970.
struct ChainPlan: Sendable {
    /// One chain.
    struct Chain: Sendable, Equatable {
        let name: String
        /// What its records were created since; nil: from the list's beginning.
        let floor: Double?
        /// Where it goes on; nil: at its beginning.
        var next: String?
        var ids: ClosedRange<Int64>?
        /// The earliest creation of its latest page.
        var position: Double?
        var createdFrom: String?
        /// Clio's count of what it would bring if no other chain followed.
        var total: Int?
        var records = 0
        var pages = 0
        /// Whether it is still to be walked.
        var isOpen = true
        /// Whether nothing lies behind its latest page.
        var isExhausted = false
        /// Whether nothing leads past the wall that it ended at.
        var isDeadEnd = false
        /// The highest id of the chain that it goes on from.
        var seenUpTo: Int64?
        /// Whether it passes what others have, since something was lost between them.
        var ignoresSeams = false
    }

    private(set) var chains: [Chain] = []
    /// The filter `created_since`, where the list has one.
    private let parameter: String?
    private let pageSize: Int
    /// Whether a chain may be parted.
    private(set) var isSplittable: Bool

    /// The stream of a list that is walked in one go.
    static let whole = "all"
    /// A piece must be worth the page that it may overlap its neighbour by.
    static let leastPages = 5
    static let rewalkCode = "walked_again"

    init(_ entity: Entity, pageSize: Int, manifest: RawManifest) {
        parameter = entity.order == "id(asc)" && entity.fields.contains("created_at") ? entity.since.created : nil
        self.pageSize = pageSize
        isSplittable = parameter != nil
        let known = manifest.streams.sorted { $0.value.place < $1.value.place }
        for (name, stream) in known {
            guard let floor = Self.floor(of: name, entity.since.created ?? Self.created) else { continue }
            var chain = Chain(name: name, floor: floor.moment)
            chain.next = stream.next
            chain.ids = stream.ids
            chain.total = stream.reportedTotal
            chain.records = stream.records
            chain.pages = stream.pages
            chain.isOpen = !stream.finished
            chain.isExhausted = stream.isExhausted
            chain.isDeadEnd = manifest.notes.contains {
                $0.code == "wall" && $0.severity == .warning && $0.stream == name
            }
            chain.ignoresSeams = manifest.notes.contains { $0.code == Self.rewalkCode && $0.stream == name }
            chains.append(chain)
        }
        if let again = manifest.notes.last(where: { $0.code == Self.rewalkCode })?.stream {
            isSplittable = false
            if !chains.contains(where: { $0.name == again }) {
                var chain = Chain(name: again, floor: nil)
                chain.ignoresSeams = true
                chains.append(chain)
            }
        }
        if chains.contains(where: { $0.isDeadEnd || ($0.pages > 0 && $0.ids == nil && !$0.isExhausted) }) {
            isSplittable = false
        }
    }

    private static let created = "created_since"

    /// What a stream's name says; nil for a stream that is no chain.
    private static func floor(of name: String, _ parameter: String) -> (moment: Double?, Bool)? {
        let bare = name.split(separator: "~").first.map(String.init) ?? name
        if bare == whole { return (nil, true) }
        guard bare.hasPrefix(parameter + "="), let moment = Moment.seconds(String(bare.dropFirst(parameter.count + 1)))
        else { return nil }
        return (moment, true)
    }

    subscript(name: String) -> Chain? { chains.first { $0.name == name } }

    /// Those still to be walked.
    var open: [Chain] { chains.filter(\.isOpen) }

    /// Whether any chain began at a floor, so that there are seams.
    var hasSeams: Bool { chains.contains { $0.floor != nil && $0.pages > 0 } }

    // MARK: Walking

    /// Where a chain meets the next one: that one's first id.
    func seam(of name: String) -> Int64? { seam(of: name, from: self[name]?.ids?.lowerBound) }

    /// The same, for a chain whose first id is known from its first page only.
    func seam(of name: String, from first: Int64?) -> Int64? {
        guard let chain = self[name], !chain.ignoresSeams, let first else { return nil }
        return chains.compactMap { $0.name == name ? nil : $0.ids?.lowerBound }.filter { $0 > first }.min()
    }

    /// What a chain's page showed.
    mutating func note(_ name: String, _ page: CutPage) {
        guard let place = chains.firstIndex(where: { $0.name == name }) else { return }
        if chains[place].pages == 0 { chains[place].total = page.total }
        chains[place].pages += 1
        chains[place].records += page.records
        chains[place].next = page.next
        if let low = page.lowestID, let high = page.highestID {
            let first = chains[place].ids?.lowerBound ?? low
            chains[place].ids = first...max(first, high)
        }
        if let created = page.earliestCreation {
            chains[place].createdFrom = created
            chains[place].position = Moment.seconds(created)
        }
        if page.isDisordered || (page.records > 0 && page.lowestID == nil) { isSplittable = false }
        if page.next == nil {
            chains[place].isOpen = false
            chains[place].isExhausted = true
        }
    }

    /// Whether a chain has come to the next one.
    func hasMet(_ name: String) -> Bool {
        guard let seam = seam(of: name), let last = self[name]?.ids?.upperBound else { return false }
        return last >= seam
    }

    /// Tells how far a chain's creations came.
    mutating func place(_ name: String, createdFrom: String?) {
        guard let place = chains.firstIndex(where: { $0.name == name }), let createdFrom else { return }
        chains[place].createdFrom = createdFrom
        chains[place].position = Moment.seconds(createdFrom)
    }

    mutating func close(_ name: String, isDeadEnd: Bool = false) {
        guard let place = chains.firstIndex(where: { $0.name == name }) else { return }
        chains[place].isOpen = false
        if isDeadEnd { chains[place].isDeadEnd = true }
    }

    /// Forgets a chain whose filter had no effect; nothing of it was kept.
    mutating func drop(_ name: String) {
        chains.removeAll { $0.name == name }
        isSplittable = false
    }

    mutating func begin(_ chain: Chain) { chains.append(chain) }

    /// The list's beginning, once more and in one go, whatever the other chains have.
    mutating func rewalk() -> Chain {
        var chain = Chain(name: freeName(Self.whole), floor: nil)
        chain.ignoresSeams = true
        isSplittable = false
        chains.append(chain)
        return chain
    }

    // MARK: Chains that ended before their end

    /// The chain that goes on where another ended early; nil when none is needed.
    ///
    /// It begins at the creation of the last page, so that it shows some records again; without creations it begins at the
    /// list's beginning.
    func successor() -> Chain? {
        for chain in chains where !chain.isOpen && !chain.isExhausted && !chain.isDeadEnd {
            guard !isFollowed(chain) else { continue }
            var next: Chain
            if let parameter, let created = chain.createdFrom, let exact = Moment.seconds(created) {
                // Of whole hours: the name of a stream is no place for a value of a record.
                let moment = (exact / 3600).rounded(.down) * 3600
                next = Chain(name: freeName("\(parameter)=\(Moment.timestamp(moment))"), floor: moment)
            } else {
                next = Chain(name: freeName(Self.whole), floor: nil)
            }
            next.ignoresSeams = chain.ignoresSeams
            next.seenUpTo = chain.ids?.upperBound
            return next
        }
        return nil
    }

    /// Whether another chain brings what lies behind this one's last page.
    private func isFollowed(_ chain: Chain) -> Bool {
        guard let last = chain.ids?.upperBound else {
            // Without ids, whatever was begun later is its successor.
            guard let place = chains.firstIndex(where: { $0.name == chain.name }) else { return false }
            return place < chains.count - 1
        }
        return chains.contains { other in
            guard other.name != chain.name else { return false }
            if chain.ignoresSeams && !other.ignoresSeams { return false }
            guard let ids = other.ids else { return other.isOpen && (other.floor ?? -.infinity) <= chain.position ?? 0 }
            return ids.lowerBound <= last && (other.isOpen || other.isExhausted || ids.upperBound > last)
        }
    }

    /// Whether a wall can be passed: the chain's last page was created later than it began.
    func isPassable(_ name: String) -> Bool {
        guard parameter != nil, let chain = self[name], let position = chain.position else { return false }
        return (position / 3600).rounded(.down) * 3600 > (chain.floor ?? -.infinity)
    }

    private func freeName(_ name: String) -> String {
        guard self[name] != nil else { return name }
        var number = 2
        while self["\(name)~\(number)"] != nil { number += 1 }
        return "\(name)~\(number)"
    }

    // MARK: Parting

    /// Parts the chain that has most before it, in the middle of its time; nil when none is long enough.
    mutating func split(now: Double) -> Chain? {
        guard isSplittable, let parameter else { return nil }
        let candidates = chains.compactMap { chain -> (chain: Chain, left: Int, upper: Double)? in
            guard chain.isOpen, chain.pages > 0, chain.position != nil, let total = chain.total else { return nil }
            let neighbour = self.neighbour(of: chain)
            if let neighbour, neighbour.total == nil { return nil }
            return (chain, total - chain.records - (neighbour?.total ?? 0), neighbour?.floor ?? now)
        }
        guard let longest = candidates.max(by: { $0.left < $1.left }), let position = longest.chain.position,
            longest.left >= 2 * Self.leastPages * pageSize
        else { return nil }
        let middle = ((position + longest.upper) / 2).rounded()
        guard middle > position + 1, middle < longest.upper - 1 else { return nil }
        let name = "\(parameter)=\(Moment.timestamp(middle))"
        guard self[name] == nil else { return nil }
        let chain = Chain(name: name, floor: middle)
        chains.append(chain)
        return chain
    }

    /// The chain that begins next behind where this one stands.
    func neighbour(of chain: Chain) -> Chain? {
        let position = chain.position ?? chain.floor ?? -.infinity
        return chains.filter { ($0.floor ?? -.infinity) > position && $0.name != chain.name }
            .min { ($0.floor ?? 0) < ($1.floor ?? 0) }
    }

    /// Whether a new chain's first page shows that Clio did not look at its filter.
    func isUnfiltered(_ name: String, _ page: CutPage) -> Bool {
        guard self[name]?.floor != nil else { return false }
        return page.belowFloor > 0
    }
}
