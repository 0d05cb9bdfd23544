internal import Pipelines
internal import Staging

/// The chains that an ordered list is walked in, side by side.
///
/// A chain brings what was created from its floor up to the floor of the next one: `all` from the list's beginning,
/// `created_since=2026-01-01T00:00:00Z` from that moment. Clio knows the lower bound only, so that the upper one is kept
/// to here: later records are left out, and the chain ends once no earlier one can follow. That is known from how far ids and
/// creations are out of step, which every page shows; Clio's count has the last word.
///
/// Pure: filled from the manifest and from every page. Seconds are since 1970.
struct ChainPlan: Sendable {
    /// One chain.
    struct Chain: Sendable, Equatable {
        let key: StreamKey
        /// What its records were created since; nil: from the list's beginning.
        let floor: Double?
        /// Where it goes on; nil: at its beginning.
        var next: String?
        /// The highest id that it came to.
        var lastID: Int64?
        /// The earliest creation of its latest page.
        var position: Double?
        /// The creation of the last record that it came to.
        var last: Double?
        /// Clio's count of what it would bring if no other chain followed.
        var total: Int?
        /// Records kept.
        var records = 0
        var pages = 0
        /// Whether it is still to be walked.
        var isOpen = true
        /// Whether it ended before its end, at a wall or with a lost cursor, and another must go on.
        var isBroken = false
        /// The chain that it goes on from.
        var follows: StreamKey?
        /// The highest id of that one.
        var seenUpTo: Int64?
        /// Whether it brings what others have too, since something was lost between them.
        var isRewalk = false
    }

    private(set) var chains: [Chain] = []
    /// The most that a record was created before one with a lower id, seconds.
    private(set) var displacement: Double
    /// Whether a chain may be parted.
    private(set) var isSplittable: Bool
    /// The filter `created_since`, where the list has one that Clio looks at.
    private var parameter: String?
    private let pageSize: Int

    /// A piece must be worth the page that it may overlap its neighbour by.
    static let leastPages = 5

    init(_ entity: Entity, pageSize: Int, manifest: RawManifest) {
        let parameter = entity.order == "id(asc)" && entity.fields.contains("created_at") ? entity.since.created : nil
        let facts = Facts(manifest.events)
        // Its streams are read all the same: some may have been begun before the filter turned out to be ignored.
        self.parameter = facts.isFilterIgnored ? nil : parameter
        self.pageSize = pageSize
        isSplittable =
            parameter != nil && !manifest.events.contains(where: \.isIgnoredFilter) && facts.refetched.isEmpty
        displacement = Double(facts.skewHours) * 3600
        for (key, stream) in manifest.streams.sorted(by: { $0.value.place < $1.value.place }) {
            let floor: Double?
            switch key.scope {
            case .list: floor = nil
            case .partition(let from) where parameter != nil: floor = from
            default: continue
            }
            var chain = Chain(key: key, floor: floor)
            chain.next = stream.next
            chain.lastID = stream.ids?.upperBound
            chain.total = stream.reportedTotal
            chain.records = stream.records
            chain.pages = stream.pages
            chain.isOpen = !stream.finished
            chain.isBroken = stream.finished && !stream.isExhausted && facts.abandoned.contains(key)
            chain.isRewalk = facts.refetched.contains(key)
            chain.follows = facts.predecessors[key]
            chains.append(chain)
        }
        if let again = facts.refetched.last, self[again] == nil {
            var chain = Chain(key: again, floor: nil)
            chain.isRewalk = true
            chains.append(chain)
        }
    }

    /// What the events of a journal say about partitions.
    private struct Facts {
        var isFilterIgnored = false
        var skewHours = 0
        /// Streams that ended early and that another one may continue.
        var abandoned: Set<StreamKey> = []
        var refetched: [StreamKey] = []
        var predecessors: [StreamKey: StreamKey] = [:]

        init(_ events: [ListEvent]) {
            var final: Set<StreamKey> = []
            for event in events {
                switch event {
                case .partitionFilterIgnored: isFilterIgnored = true
                case .skew(let hours): skewHours = max(skewHours, min(hours, mostSkewHours))
                case .cursorLost(let key): abandoned.insert(key)
                case .limitReached(let key, let passage, _):
                    if passage == nil { final.insert(key) } else { abandoned.insert(key) }
                case .refetched(let key, _, _): refetched.append(key)
                case .continued(let key, let other): predecessors[key] = other
                default: break
                }
            }
            abandoned.subtract(final)
        }
    }

    subscript(key: StreamKey) -> Chain? { chains.first { $0.key == key } }

    /// Those still to be walked.
    var open: [Chain] { chains.filter(\.isOpen) }

    /// Whether any chain began at a floor, so that something can lie between two.
    var hasSeams: Bool { chains.contains { $0.floor != nil && $0.pages > 0 } }

    private func place(_ key: StreamKey) -> Int? { chains.firstIndex { $0.key == key } }

    // MARK: Walking

    /// Up to which creation a chain's records are wanted: the floor of the next one that shows that its filter works.
    func upper(of key: StreamKey) -> Double? {
        guard let chain = self[key], !chain.isRewalk else { return nil }
        let own = chain.floor ?? -.infinity
        return chains.filter { $0.pages > 0 && !$0.isRewalk }.compactMap(\.floor).filter { $0 > own }.min()
    }

    /// What a chain's page showed.
    mutating func note(_ key: StreamKey, _ page: CutPage) {
        displacement = max(displacement, page.displacement)
        guard let place = place(key) else { return }
        if chains[place].pages == 0 { chains[place].total = page.total }
        chains[place].pages += 1
        chains[place].records += page.records
        chains[place].next = page.next
        chains[place].lastID = page.highestID ?? chains[place].lastID
        chains[place].position = page.earliestCreation.flatMap(Moment.seconds) ?? chains[place].position
        chains[place].last = page.lastCreation ?? chains[place].last
        if page.next == nil { chains[place].isOpen = false }
    }

    /// Whether everything of a chain has come: it is beyond its upper bound, and by more than what ids and creations were ever
    /// out of step.
    func hasMet(_ key: StreamKey) -> Bool {
        guard let upper = upper(of: key), let last = self[key]?.last else { return false }
        return last - displacement * 1.2 > upper
    }

    mutating func close(_ key: StreamKey, isBroken: Bool = false) {
        guard let place = place(key) else { return }
        chains[place].isOpen = false
        chains[place].isBroken = isBroken
    }

    /// Forgets a chain whose filter had no effect; nothing of it was kept.
    mutating func drop(_ key: StreamKey) {
        chains.removeAll { $0.key == key }
        isSplittable = false
        parameter = nil
    }

    mutating func begin(_ chain: Chain) { chains.append(chain) }

    /// Whether a new chain's first page shows that Clio did not look at its filter.
    func isUnfiltered(_ key: StreamKey, _ page: CutPage) -> Bool {
        self[key]?.floor != nil && page.belowFloor > 0
    }

    /// The list's beginning, once more and in one go, whatever the other chains have.
    mutating func rewalk() -> Chain {
        var chain = Chain(key: free(.list), floor: nil)
        chain.isRewalk = true
        isSplittable = false
        chains.append(chain)
        return chain
    }

    // MARK: Chains that ended before their end

    /// Those of them that no other goes on from.
    var broken: [Chain] {
        chains.indices.filter { chains[$0].isBroken && !isFollowed($0) }.map { chains[$0] }
    }

    /// Whether a chain may be begun at the list's beginning once more, after others that could not be gone on from.
    var mayRestart: Bool { chains.count { $0.floor == nil && !$0.isRewalk } <= 3 }

    /// Whether a chain that went on from another came no farther than that.
    func isStuck(_ key: StreamKey) -> Bool {
        guard let chain = self[key], let seen = chain.seenUpTo else { return false }
        return chain.lastID.map { $0 <= seen } ?? true
    }

    /// Whether a successor can go on from where a chain ended.
    var hasFloors: Bool { parameter != nil }

    private func isFollowed(_ place: Int) -> Bool {
        let chain = chains[place]
        if chains.contains(where: { $0.follows == chain.key }) { return true }
        // Manifests of earlier versions do not say who follows whom.
        return chains[(place + 1)...].contains { other in
            guard other.follows == nil, other.isRewalk == chain.isRewalk else { return false }
            guard let floor = other.floor else { return true }
            return floor >= chain.floor ?? -.infinity && chain.position.map { floor <= $0 } ?? (other.seenUpTo != nil)
        }
    }

    /// The chain that goes on where another ended early.
    ///
    /// It begins at the creations of the last page, so that it shows some records again; without creations it begins at the
    /// list's beginning.
    /// - Returns: what the journal must know of it.
    mutating func beginSuccessor(of chain: Chain) -> ListEvent {
        var next: Chain
        if parameter != nil, let begun = successorFloor(of: chain) {
            // Below its predecessor's own floor lies what others bring, and that floor would bound it.
            let floor = max(begun, chain.floor ?? begun)
            next = Chain(key: free(.partition(from: floor)), floor: floor)
        } else {
            next = Chain(key: free(.list), floor: nil)
        }
        next.isRewalk = chain.isRewalk
        next.follows = chain.key
        next.seenUpTo = chain.lastID
        chains.append(next)
        return .continued(next.key, from: chain.key)
    }

    /// Whether chains were parted by Clio's counts, so that only a count can say that nothing lies between them.
    var isParted: Bool {
        chains.contains { $0.floor != nil && $0.pages > 0 && $0.follows == nil && !$0.isRewalk }
    }

    /// Of whole hours: the name of a stream is no place for a value of a record.
    private func successorFloor(of chain: Chain) -> Double? {
        chain.position.map { (($0 - displacement * 1.2) / 3600).rounded(.down) * 3600 }
    }

    /// Whether a wall can be passed: the chain's last page was created later than it began.
    func isPassable(_ key: StreamKey) -> Bool {
        guard parameter != nil, let chain = self[key], let floor = successorFloor(of: chain) else { return false }
        return floor > (chain.floor ?? -.infinity)
    }

    /// Tells how far a chain's creations came.
    mutating func place(_ key: StreamKey, at position: Double?) {
        guard let place = place(key) else { return }
        chains[place].position = position
    }

    private func free(_ scope: StreamKey.Scope) -> StreamKey { StreamKey(scope).free { self[$0] != nil } }

    // MARK: Parting

    /// Parts the chain that has most before it, in the middle of its time; nil when none is long enough.
    mutating func split(now: Double) -> Chain? {
        guard isSplittable, parameter != nil else { return nil }
        let candidates = chains.compactMap { chain -> (position: Double, left: Int, upper: Double)? in
            guard chain.isOpen, chain.pages > 0, let position = chain.position, let total = chain.total else {
                return nil
            }
            let neighbour = self.neighbour(of: chain)
            // One that has not answered yet parts this chain already.
            if let neighbour, neighbour.total == nil { return nil }
            return (position, total - chain.records - (neighbour?.total ?? 0), neighbour?.floor ?? now)
        }
        guard let longest = candidates.max(by: { $0.left < $1.left }) else { return nil }
        let length = longest.upper - longest.position
        // What the left half must walk into the right one before it may end.
        let overlap = Double(longest.left) * displacement * 1.2 / max(length, 1)
        guard Double(longest.left) / 2 >= max(Double(Self.leastPages * pageSize), 10 * overlap) else { return nil }
        let middle = (longest.position + length / 2).rounded()
        guard middle > longest.position + 1, middle < longest.upper - 1 else { return nil }
        let key = StreamKey(.partition(from: middle))
        guard self[key] == nil else { return nil }
        let chain = Chain(key: key, floor: middle)
        chains.append(chain)
        return chain
    }

    /// The chain that begins next behind where this one began.
    private func neighbour(of chain: Chain) -> Chain? {
        let own = chain.floor ?? -.infinity
        return chains.filter { !$0.isRewalk && ($0.floor ?? -.infinity) > own }.min {
            ($0.floor ?? 0) < ($1.floor ?? 0)
        }
    }

    // MARK: Events

    /// What a resumed extract must know: rounded up to hours, so that there are few of these.
    var skew: ListEvent { .skew(hours: min(Int((displacement / 3600).rounded(.up)), Self.mostSkewHours)) }

    /// A century: a list is never out of step by more.
    private static let mostSkewHours = 876_600
}
