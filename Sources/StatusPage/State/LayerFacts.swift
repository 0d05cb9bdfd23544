internal import Foundation
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
    private struct Stamp: Equatable {
        var sizes: [Int?] = []
        var times: [Int?] = []
    }

    private var known: [String: (stamp: Stamp, facts: LayerFacts)] = [:]

    mutating func facts(_ entity: Entity, in folder: ConnectionFolder) -> LayerFacts {
        let place = folder.entity(phase: entity.phase, name: entity.name)
        var stamp = Stamp()
        for file in [place.rawManifest, place.clean + "/manifest.ndjson"] {
            var status = stat()
            let exists = stat(file, &status) == 0
            stamp.sizes.append(exists ? Int(status.st_size) : nil)
            stamp.times.append(exists ? status.st_mtim.tv_sec * 1_000_000_000 + status.st_mtim.tv_nsec : nil)
        }
        if let cached = known[place.raw], cached.stamp == stamp { return cached.facts }
        var facts = LayerFacts()
        // A manifest that cannot be read is the stages' to report; the page shows what the job record says.
        if let raw = try? RawManifest.read(place) {
            facts.extracted = raw.records
            facts.expected =
                raw.completion?.expected ?? raw.pages.last { $0.reportedTotal != nil }?.reportedTotal
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
