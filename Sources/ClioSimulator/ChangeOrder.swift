/// How many records of a list are changed at once, and the seed of which.
public struct ChangeOrder: Sendable {
    /// Records to add, created now.
    public var add = 0
    /// Records to edit: `updated_at` becomes now, and the etag changes.
    public var edit = 0
    /// Records to edit so that `updated_at` stays as it was: only the etag changes.
    public var quiet = 0
    /// Records to delete without a trace.
    public var delete = 0
    /// Deleted records to bring back as they were, so that no `updated_since` finds them.
    public var restore = 0
    /// The same firm, changes and seed give the same records.
    public var seed: UInt64 = 0

    /// No change.
    public init() {}

    /// Reads `add`, `edit`, `quiet`, `delete`, `restore` and `seed`; nil where one is no number, or all of them are missing.
    init?(_ query: Query) {
        var isAny = false
        for (name, place) in [
            ("add", \ChangeOrder.add), ("edit", \.edit), ("quiet", \.quiet), ("delete", \.delete),
            ("restore", \.restore),
        ] {
            guard let text = query[name] else { continue }
            guard let count = Int(text), (0...1_000_000).contains(count) else { return nil }
            self[keyPath: place] = count
            isAny = true
        }
        if let text = query["seed"] {
            guard let number = UInt64(text) else { return nil }
            seed = number
        }
        if !isAny { return nil }
    }

    /// Which records were changed, by their ids.
    public struct Outcome: Sendable, Equatable {
        /// Records that are new.
        public internal(set) var added: [Int] = []
        /// Records that were edited.
        public internal(set) var edited: [Int] = []
        /// Records that were edited without a new `updated_at`.
        public internal(set) var quiet: [Int] = []
        /// Records that are gone.
        public internal(set) var deleted: [Int] = []
        /// Records that are there again.
        public internal(set) var restored: [Int] = []
    }

    /// Some different ones of these, at random; all when there are not so many.
    static func some(_ count: Int, of places: [Int], _ draw: inout UInt64) -> [Int] {
        var places = places
        let wanted = min(count, places.count)
        for index in 0..<wanted {
            draw = draw.again()
            places.swapAt(index, index + draw.below(places.count - index))
        }
        return places.prefix(wanted).sorted()
    }
}
