internal import Foundation

/// Finds the deleted records of a list by bisecting Clio's counts, without reading the whole list.
///
/// Let D(x) be the number of records held that were created after x, minus Clio's count for `created_since=x`. A range of
/// creation times at whose two ends D is equal lost nothing; any other range is halved until looking its ids up is cheaper
/// than another count. The machine only says what to request next, and learns the answers; it does no input or output.
///
/// Counts show the net change: a record that reappeared in the same range hides a deletion. Nothing is reported as deleted
/// because of counts alone: every id was missing from two answers.
struct DeletionSearch: Sendable {
    typealias Held = CreationBlocks.Record

    enum Step: Equatable, Sendable {
        /// Requests that do not depend on each other; `learn` takes each answer.
        case ask([Probe])
        case found(Finding)
        /// The list changed meanwhile: fetch the changes, and search again.
        case changed(String)
        /// Counts are of no use here, or cost more than reading all ids.
        case sweep(String)
    }

    /// How many requests were answered.
    private(set) var requests = 0
    private var lookupSize: LookupSize
    /// How many ids one `ids[]` request carries.
    var batch: Int { lookupSize.ids }

    /// Where Clio's other lists end; a count may stop there as well.
    static let saturation = 10_000
    private static let pageSize = 200
    /// So few are confirmed one by one.
    private static let few = 10

    /// Consecutive blocks, with Clio's counts from both ends on.
    private struct Segment {
        var blocks: Range<Int>
        var countAtBegin: Int
        var countAtEnd: Int
        /// Whether the edge in the middle gave a count that cannot be used.
        var isMiddleUnusable = false
        var counted: Int { countAtBegin - countAtEnd }
    }

    private enum Stage { case total, end, halving, lookup, confirmation, closing, ended(Step) }

    private let held: CreationBlocks
    private let withoutTime: Int
    private let isFiltered: Bool
    private let mostRequests: Int
    private var stage = Stage.total
    /// Clio's count of the list at the beginning, and at the end of a search that found something out.
    private(set) var total = 0
    private var open: [Segment] = []
    private var leaves: [Segment] = []
    /// Ids that are still to be looked up.
    private var queue: [String] = []
    private var missing: Set<String> = []
    /// Some ids that were seen: a confirmation in which they are absent proves nothing.
    private var controls: [String] = []
    private var singles: [String] = []
    private var joint: [String] = []
    private var finding = Finding()
    private var contradiction: String?
    private var asked: [Probe] = []

    /// - Parameters:
    ///   - isFiltered: whether the list has parameters that an existing record may no longer match.
    ///   - batch: ids per `ids[]` request at first; it grows with every full one that is accepted.
    init(held: [Held], isFiltered: Bool = false, batch: Int = 50) {
        self.isFiltered = isFiltered
        lookupSize = LookupSize(batch)
        let blocks = CreationBlocks(held)
        withoutTime = held.count - blocks.records.count
        self.held = blocks
        mostRequests = max(1, (held.count + Self.pageSize - 1) / Self.pageSize)
    }

    /// What to request now, or how the search ended.
    mutating func next() -> Step {
        if asked.isEmpty { asked = probes() }
        if case .ended(let step) = stage { return step }
        return .ask(asked)
    }

    /// Takes the answer to a probe of the last step.
    mutating func learn(_ probe: Probe, _ answer: Answer) {
        guard let place = asked.firstIndex(of: probe) else { return }
        asked.remove(at: place)
        requests += 1
        guard contradiction == nil || probe == .count(since: nil) else { return }
        switch (probe, answer) {
        case (.count(since: nil), .count(let count)): learnTotal(count)
        case (.count(since: let moment?), .count(let count)): learnCount(since: moment, count)
        case (.lookup(let ids), .ids(let seen)): learnLookup(ids, seen)
        case (.confirm(let ids), .ids(let seen)): learnConfirmation(ids, seen)
        case (.lookup(let ids), .refused): learnRefusal(ids) { $0.queue += ids }
        case (.confirm(let ids), .refused): learnRefusal(ids) { $0.joint += ids.filter($0.missing.contains) }
        case (.single(let id), .single(let presence)): learnSingle(id, presence)
        default: contradict("an answer has the wrong form")
        }
    }

    // MARK: What to ask

    private mutating func probes() -> [Probe] {
        while true {
            if contradiction != nil {
                if case .ended = stage { return [] }
                stage = .closing
            }
            switch stage {
            case .total, .closing: return [.count(since: nil)]
            case .end: return [.count(since: held.newest + 2)]
            case .halving:
                let probes = halves()
                if !isAffordable(probes.count + leaves.reduce(0) { $0 + records($1).count } / batch) { return [] }
                if !probes.isEmpty { return probes }
                queue = leaves.flatMap { records($0).compactMap(\.id) }
                stage = .lookup
            case .lookup:
                if !isAffordable((queue.count + batch - 1) / batch) { return [] }
                // One at a time while the size is being learned.
                let some = Array(queue.prefix(batch))
                guard some.isEmpty else {
                    queue.removeFirst(some.count)
                    return [.lookup(some)]
                }
                settle()
                stage = .confirmation
            case .confirmation:
                if !isAffordable(singles.count + joint.count / batch) { return [] }
                let ones = singles
                singles = []
                guard ones.isEmpty else { return ones.map { .single($0) } }
                let seen = Array(controls.prefix(2))
                let some = Array(joint.prefix(max(1, batch - seen.count)))
                guard some.isEmpty else {
                    joint.removeFirst(some.count)
                    return [.confirm(some + seen)]
                }
                stage = .closing
            case .ended: return []
            }
        }
    }

    /// Separates the ranges that are cheaper to look up, and asks for a count in the middle of each of the others.
    private mutating func halves() -> [Probe] {
        var left: [Segment] = []
        var probes: [Probe] = []
        for segment in open {
            let size = records(segment).count
            let difference = abs(size - segment.counted)
            if difference == 0 { continue }
            // A count saves half of the look-ups of a range in which one record is missing, and less where more are.
            guard segment.blocks.count > 1, size > 2 * batch * difference,
                let edge = edge(segment)
            else {
                leaves.append(segment)
                continue
            }
            left.append(segment)
            probes.append(.count(since: edge))
        }
        open = left
        return probes
    }

    private func records(_ segment: Segment) -> ArraySlice<Held> { held.records[held.places(segment.blocks)] }

    /// The inner block whose begin is nearest to the middle of the records, or the one after it.
    private func middle(_ segment: Segment) -> Int {
        let nearest = held.middle(of: segment.blocks)
        return segment.isMiddleUnusable ? min(nearest + 1, segment.blocks.upperBound - 1) : nearest
    }

    private func edge(_ segment: Segment) -> Int? { held.edge(middle(segment)) }

    /// Ends the search when it would cost more than reading all ids.
    private mutating func isAffordable(_ more: Int) -> Bool {
        if requests + more <= mostRequests { return true }
        stage = .ended(.sweep("counting would take more than the \(mostRequests) requests that all ids take"))
        return false
    }

    // MARK: What the answers say

    /// Whatever does not agree may come from a change meanwhile; the closing count tells.
    private mutating func contradict(_ why: String) {
        contradiction = contradiction ?? why
    }

    private func trouble(_ count: Int?) -> String? {
        guard let count, count >= 0 else { return "an answer had no count" }
        return count == Self.saturation ? "a count of exactly \(Self.saturation) may mean more" : nil
    }

    private mutating func learnTotal(_ count: Int?) {
        if let trouble = self.trouble(count) { return stage = .ended(.sweep(trouble)) }
        let count = count ?? 0
        if case .closing = stage {
            if count != total {
                stage = .ended(.changed("Clio counted \(total) records before, and \(count) after"))
            } else if let contradiction {
                stage = .ended(.sweep(contradiction))
            } else {
                stage = .ended(.found(finding))
            }
            return
        }
        total = count
        let difference = held.records.count + withoutTime - count
        if difference == 0 { return stage = .ended(.found(finding)) }
        if withoutTime > 0 {
            return stage = .ended(.sweep("\(withoutTime) records do not say when they were created"))
        }
        if held.records.isEmpty {
            return stage = .ended(.found(Finding(lacks: [Lack(records: count, counted: count)])))
        }
        stage = .end
        _ = isAffordable(3 + Self.estimate(abs(difference), of: held.records.count, batch: batch))
    }

    /// Requests that so many deletions at random take.
    static func estimate(_ deletions: Int, of records: Int, batch: Int) -> Int {
        let deletions = Double(deletions)
        let levels = max(0, log2(Double(records) / (2 * Double(batch) * deletions)))
        return Int(min(deletions * (levels + 2), Double(records / batch) + deletions).rounded(.up))
    }

    private mutating func learnCount(since moment: Int, _ count: Int?) {
        // An honest count may be that number by chance: then the next edge has another one.
        if case .halving = stage, count == Self.saturation,
            let place = open.firstIndex(where: { edge($0) == moment }), !open[place].isMiddleUnusable
        {
            open[place].isMiddleUnusable = true
            return
        }
        if let trouble = self.trouble(count) { return stage = .ended(.sweep(trouble)) }
        let count = count ?? 0
        if case .end = stage {
            if count == total && total > 0 { return stage = .ended(.sweep("created_since has no effect on counts")) }
            if count > 0 { return stage = .ended(.changed("\(count) records were created meanwhile")) }
            open = [Segment(blocks: 0..<held.count, countAtBegin: total, countAtEnd: 0)]
            return stage = .halving
        }
        guard let place = open.firstIndex(where: { edge($0) == moment }) else { return }
        let segment = open[place]
        guard (segment.countAtEnd...segment.countAtBegin).contains(count) else {
            return contradict("a count rises with time")
        }
        let cut = self.middle(segment)
        open[place] = Segment(
            blocks: segment.blocks.lowerBound..<cut, countAtBegin: segment.countAtBegin, countAtEnd: count)
        open.insert(
            Segment(blocks: cut..<segment.blocks.upperBound, countAtBegin: count, countAtEnd: segment.countAtEnd),
            at: place + 1)
    }

    private mutating func learnLookup(_ ids: [String], _ seen: Set<String>) {
        guard seen.isSubset(of: ids) else { return contradict("ids[] has no effect") }
        missing.formUnion(ids.filter { !seen.contains($0) })
        if controls.count < 2, let one = ids.first(where: seen.contains) { controls.append(one) }
        lookupSize.accepted(ids.count)
    }

    private mutating func learnRefusal(_ ids: [String], _ putBack: (inout DeletionSearch) -> Void) {
        guard lookupSize.refused(ids.count) else { return contradict("Clio refuses ids[]") }
        putBack(&self)
    }

    /// Compares what is missing with what the counts say, and decides how it is confirmed.
    private mutating func settle() {
        let isShort = missing.count <= Self.few
        for leaf in leaves {
            let records = records(leaf)
            let absent = records.compactMap(\.id).filter(missing.contains)
            let difference = records.count - leaf.counted
            if absent.count < difference {
                let isUnknown = records.contains { $0.id == nil }
                return contradict(
                    isUnknown
                        ? "a record without an id cannot be looked up"
                        : "\(difference) records are missing by count, and \(absent.count) by id")
            }
            if absent.count > difference {
                finding.lacks.append(
                    Lack(
                        since: held.edge(leaf.blocks.lowerBound),
                        until: held.edge(leaf.blocks.upperBound),
                        records: absent.count - difference, counted: leaf.counted))
            }
            // Count and ids agreeing on the number is a proof; without it, or without a control, each is requested.
            if isShort || absent.count > max(0, difference) || controls.isEmpty {
                singles += absent
            } else {
                joint += absent
            }
        }
    }

    private mutating func learnSingle(_ id: String, _ presence: Presence) {
        switch presence {
        case .gone: finding.gone.append(id)
        case .hidden: finding.hidden.append(id)
        case .present where isFiltered: finding.left.append(id)
        case .present: contradict("ids[] left out a record that exists")
        }
    }

    private mutating func learnConfirmation(_ ids: [String], _ seen: Set<String>) {
        guard seen.isSubset(of: ids) else { return contradict("ids[] has no effect") }
        for id in ids {
            guard missing.contains(id) else {
                if !seen.contains(id) { contradict("ids[] does not answer twice alike") }
                continue
            }
            learnSingle(id, seen.contains(id) ? .present : .gone)
        }
    }
}
