extension DeletionSearch {
    /// A range of creation times with more records in Clio than are held. Nil is an open end.
    struct Lack: Equatable, Sendable {
        var since: Int?
        var until: Int?
        /// How many more.
        var records: Int
        /// How many Clio has in the range.
        var counted: Int
    }

    struct Finding: Equatable, Sendable {
        /// Records that no longer exist.
        var gone: [String] = []
        /// Records that this user may no longer see.
        var hidden: [String] = []
        /// Records that exist, but that the list's own parameters now leave out: they are no records of this list any more.
        var left: [String] = []
        /// Where records are to be fetched.
        var lacks: [Lack] = []
    }
}
