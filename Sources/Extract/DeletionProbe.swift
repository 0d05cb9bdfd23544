extension DeletionSearch {
    /// One request.
    enum Probe: Hashable, Sendable {
        /// Clio's count of the list, or of its records created since a moment.
        case count(since: Int?)
        /// These ids through `ids[]`, with the list's own parameters.
        case lookup([String])
        /// The same without the list's own parameters.
        case confirm([String])
        /// A single GET of one record.
        case single(String)
    }

    /// What Clio said to a probe.
    enum Answer: Sendable {
        /// Nil when the answer had no count.
        case count(Int?)
        /// The ids that came back.
        case ids(Set<String>)
        /// So many ids at once are not accepted.
        case refused
        case single(Presence)
    }

    enum Presence: Sendable {
        case present, gone
        /// This user may no longer see it.
        case hidden
    }
}
