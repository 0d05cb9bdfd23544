internal import Pipelines
internal import Staging

/// What the manifests say of an entity, for when no process tells: after a kill, or for a stage run by hand.
struct LayerFacts: Sendable, Equatable {
    var extracted = 0
    var expected: Int?
    var accepted = 0
    var rejected = 0
    var warned = 0
    var notes: [String] = []
}

/// Reads manifests anew only when their files changed: those of a big firm have tens of thousands of lines.
struct LayerFactsCache {
    private var known: [String: (stamp: LayerStamp, facts: LayerFacts)] = [:]

    mutating func facts(_ entity: Entity, in folder: ConnectionFolder) -> LayerFacts {
        let place = folder.entity(phase: entity.phase, name: entity.name)
        let stamp = LayerStamp(place)
        if let cached = known[place.raw], cached.stamp == stamp { return cached.facts }
        var facts = LayerFacts()
        // A manifest that cannot be read is the stages' to report; the page shows what the job record says.
        if let raw = try? RawManifest.read(place) {
            facts.extracted = raw.records
            facts.expected = raw.completion?.expected
            facts.notes = raw.notes.filter { $0.severity == .warning }.map(\.message)
            if let message = raw.completion?.message, !facts.notes.contains(message) { facts.notes.append(message) }
        }
        if let result = try? ResultManifest.read(place) {
            facts.accepted = result.accepted
            facts.rejected = result.rejected
            facts.warned = result.warned
        }
        known[place.raw] = (stamp, facts)
        return facts
    }
}
