internal import Pipelines
internal import Staging

/// What a `ListStrategy` asks for.
enum ListRequest: Sendable, Equatable {
    /// The pages of a stream, from where it is.
    case pages(StreamKey)
    /// Something that the strategy must know first.
    case question(ListQuestion)
}

/// What a `ListStrategy` must know beside pages.
enum ListQuestion: Sendable, Equatable {
    /// The earliest creation on a stream's latest page, from the staged files.
    case position(StreamKey)
    /// Clio's count of what a stream shows up to a moment.
    case count(StreamKey, upTo: Double, parameters: [Parameter])
    /// Whether Clio's counts say something about this list.
    case countsHold(StreamKey)
}

/// The answer to a `ListQuestion`. Moments are seconds since 1970.
enum ListAnswer: Sendable, Equatable {
    /// nil: no record of the page has one.
    case position(StreamKey, Double?)
    /// nil: Clio gave none.
    case count(StreamKey, upTo: Double, Int?)
    case countsHold(StreamKey, Bool)
}

/// How a page of a stream is asked for.
struct StreamRequest: Sendable {
    /// The address of the page; nil: the first one, which the parameters make.
    var next: String?
    /// What the first address adds to the list's own parameters.
    var parameters: [(String, String)] = []
    /// What is looked at in the page.
    var checks: PageChecks
    /// Whether recent records come first.
    var isHistory = false
    /// The group that it fetches, and its place among the entity's groups.
    var group: (key: String, rank: Int)?

    init(_ checks: PageChecks) { self.checks = checks }
}
