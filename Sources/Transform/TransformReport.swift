internal import Pipelines
internal import Staging

/// What a transform of one entity came to, over all its parts.
public struct TransformReport: Sendable {
    /// The phase.
    public let phase: String
    /// The entity.
    public let entity: String
    /// Records in the sealed raw parts.
    public let records: Int
    /// Records with a clean line.
    public let accepted: Int
    /// Records that are flagged and have no clean line.
    public let rejected: Int
    /// Of the accepted, those with a warning.
    public let warned: Int
    /// Violations by rule.
    public let rules: [String: Int]
    /// Parts that were worked on in this call.
    public let newParts: Int

    init(entity: Entity, result: ResultManifest, newParts: Int) {
        phase = entity.phase
        self.entity = entity.name
        records = result.records
        accepted = result.accepted
        rejected = result.rejected
        warned = result.warned
        rules = result.parts.reduce(into: [:]) { sum, part in sum.merge(part.rules, uniquingKeysWith: +) }
        self.newParts = newParts
    }
}
