internal import JSON
internal import Staging

/// Which records of a page are kept: those that no other stream fetches.
struct PageFilter: Sendable {
    /// The highest id of the stream that this one continues: records up to it were fetched, and so was what precedes it
    /// without an id.
    var after: Int64?
    /// The creation up to which records are wanted.
    var upTo: Double?
    /// Records that were fetched before.
    var fetched: StagedIDs?

    /// What becomes of a record.
    private enum Choice { case keep, drop, dropIfFetched }

    /// Looks at the records of one page, while it is parsed, and then takes lines out of its text.
    struct Selection {
        private let filter: PageFilter
        private let isOrderedByID: Bool
        private var choices: [Choice] = []

        init(_ filter: PageFilter, isOrderedByID: Bool) {
            self.filter = filter
            self.isOrderedByID = isOrderedByID
        }

        mutating func look(at record: JSONValue) {
            let id = record["id"]
            if isOrderedByID, let after = filter.after, let number = id?.int64, number <= after {
                for place in choices.indices { choices[place] = .drop }
                return choices.append(.drop)
            }
            if let upTo = filter.upTo, let created = record["created_at"]?.moment, created > upTo {
                return choices.append(.drop)
            }
            guard let fetched = filter.fetched else { return choices.append(.keep) }
            choices.append(fetched.containsID(id).map { $0 ? .drop : .keep } ?? .dropIfFetched)
        }

        /// Takes out the lines that are not kept.
        /// - Returns: how many are left.
        func apply(to lines: inout [UInt8]) -> Int {
            guard choices.contains(where: { $0 != .keep }) else { return choices.count }
            var left: [UInt8] = []
            left.reserveCapacity(lines.count)
            var kept = 0
            var begin = 0
            for choice in choices {
                let end = lines[begin...].firstIndex(of: UInt8(ascii: "\n")) ?? lines.endIndex
                let line = begin..<min(end + 1, lines.endIndex)
                begin = line.upperBound
                switch choice {
                case .keep: break
                case .drop: continue
                case .dropIfFetched:
                    let isFetched = lines[line.lowerBound..<end].withUnsafeBytes {
                        filter.fetched?.containsLine($0) ?? false
                    }
                    if isFetched { continue }
                }
                left += lines[line]
                kept += 1
            }
            lines = left
            return kept
        }
    }
}
