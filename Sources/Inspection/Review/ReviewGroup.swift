public import JSON

/// The violations of one rule at one path of an entity.
public struct ReviewGroup: JSONReport, Sendable, Equatable {
    /// The phase.
    public let phase: String
    /// The entity.
    public let entity: String
    /// The broken rule.
    public let rule: String
    /// Where in the record, with the places in lists left out.
    public let path: String
    /// Flagged records with it.
    public internal(set) var records = 0
    /// Of them, those that are in no table, for whatever reason.
    public internal(set) var kept = 0
    /// Violations without a decision.
    public internal(set) var open = 0
    /// Violations that a person accepted.
    public internal(set) var accepted = 0
    /// Violations that a person rejected.
    public internal(set) var rejected = 0
    /// Decisions that no longer hold, because Clio's value is another one now.
    public internal(set) var lapsed = 0
    /// Decisions that the next transform will apply.
    public internal(set) var waiting = 0
    /// A few ids.
    public internal(set) var examples: [String] = []
    /// Records without a usable id.
    public internal(set) var withoutID = 0

    private enum CodingKeys: String, CodingKey {
        case phase, entity, rule, path, records
        case kept = "not_loaded"
        case open, accepted, rejected, lapsed, waiting, examples
        case withoutID = "without_id"
    }

    init(phase: String, entity: String, rule: String, path: String) {
        self.phase = phase
        self.entity = entity
        self.rule = rule
        self.path = path
    }
}
