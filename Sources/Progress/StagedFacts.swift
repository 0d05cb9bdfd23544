internal import Foundation
internal import Pipelines
internal import Staging

/// What the manifests say of an entity.
struct StagedFacts: Sendable, Equatable {
    /// Whether there is a raw manifest.
    var isKnown = false
    var fetched = 0
    /// How the list ended; nil: it has not.
    var completion: CompletionStatus?
    /// When it ended, UTC: the records are those of then.
    var asOf: String?
    /// Clio's count at the end of the list.
    var completionCount: Int?
    /// Clio's count on the latest page of the whole list.
    var reported: Int?
    var deleted = 0
    var hasResults = false
    var accepted = 0
    var rejected = 0
    var warned = 0
    var review = ReviewCounts()
    var notes: [String] = []

    init() {}

    init(_ raw: RawManifest?, _ result: ResultManifest?) {
        if let raw {
            isKnown = true
            fetched = raw.records
            completion = raw.completion?.status
            // A refresh that was interrupted makes the data no older.
            asOf = raw.lastCompletion?.asOf
            completionCount = raw.completion?.expected
            reported =
                raw.pages.last { $0.reportedTotal != nil && $0.stream.isList }?
                .reportedTotal
            deleted = raw.deletions.reduce(0) { $0 + $1.ids.count }
            notes = raw.notes.filter { $0.severity == .warning }.map(\.message)
            if let message = raw.completion?.message, !notes.contains(message) { notes.append(message) }
            if deleted > 0 {
                notes.append("\(deleted) records were found deleted in Clio so far, and removed")
            }
        }
        if let result {
            hasResults = true
            accepted = result.accepted
            rejected = result.rejected
            warned = result.warned
            review = result.review
        }
    }
}

/// Reads manifests again only when their files changed: those of a large firm have tens of thousands of lines.
struct StagedFactsCache {
    private var known: [String: (stamp: FileStamp, facts: StagedFacts)] = [:]

    /// A manifest that cannot be read is a note: the rest of the progress is shown all the same.
    mutating func facts(_ place: EntityFolder) -> StagedFacts {
        let stamp = FileStamp([place.rawManifest, place.clean + "/manifest.ndjson"])
        if let cached = known[place.raw], cached.stamp == stamp { return cached.facts }
        var facts = StagedFacts()
        do throws(StagingError) {
            facts = StagedFacts(try RawManifest.read(place), try ResultManifest.read(place))
        } catch { facts.notes = [error.description] }
        known[place.raw] = (stamp, facts)
        return facts
    }
}
