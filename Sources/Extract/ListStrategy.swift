internal import Staging

/// How a list is divided into streams: which request comes next, what a page means, and what follows when a stream ends.
///
/// Pure: built from the journal, and informed of every page. A `ListRunner` drives it with Clio's answers, `ExtractForecast`
/// with virtual ones. Every strategy passes the suite `ListStrategyTests`.
protocol ListStrategy: Sendable {
    /// Whether anything is still to be fetched.
    var isOpen: Bool { get }

    /// How many requests may be under way at once.
    var breadth: ListBreadth { get }

    /// Begins the list, or continues it after it was halted or interrupted.
    mutating func start() -> Consequence

    /// Asks for nothing new until the next start.
    mutating func halt()

    /// What is to be asked for next, which counts as under way from now on; nil: nothing for now.
    mutating func next() -> ListRequest?

    /// How the next page of a stream is asked for.
    /// - Parameter checks: those of every page of the entity.
    func request(for key: StreamKey, _ checks: PageChecks) -> StreamRequest

    /// Which records of a stream's next page are kept; nil: all.
    func filter(for key: StreamKey) -> PageFilter?

    /// Whether a stream's first page is what was asked for, so that it may be kept.
    func accepts(_ page: CutPage, for key: StreamKey) -> Bool

    /// Takes a stream's page, which is durable.
    mutating func received(_ page: CutPage, for key: StreamKey) -> PageDecision

    /// Takes the end of a stream.
    mutating func ended(_ end: StreamEnd, for key: StreamKey) -> Consequence

    /// Takes the answer to a question.
    mutating func answered(_ answer: ListAnswer) -> Consequence

    /// Whether a stream may be split.
    var isSplittable: Bool { get }

    /// Splits a stream.
    /// - Parameter now: seconds since 1970.
    /// - Returns: what the journal must know before the new stream begins; nil: none is long enough.
    mutating func split(now: Double) -> ListEvent?
}

extension ListStrategy {
    func filter(for key: StreamKey) -> PageFilter? { nil }
    mutating func answered(_ answer: ListAnswer) -> Consequence { Consequence() }
    var isSplittable: Bool { false }
    mutating func split(now: Double) -> ListEvent? { nil }
}

/// How many requests of a list may be under way at once.
enum ListBreadth: Sendable, Equatable {
    /// All that the strategy asks for.
    case unlimited
    /// One, and more while the others cannot spend the budget.
    case withinBudget
    /// As many as spend the budget, but no fewer and no more than these.
    case between(Int, Int)

    /// Whether another request may begin.
    /// - Parameters:
    ///   - running: requests under way.
    ///   - wanted: streams that spend the budget.
    ///   - hasRoom: whether the streams of all lists leave room for one more.
    func allows(running: Int, wanted: Int, hasRoom: @autoclosure () -> Bool) -> Bool {
        switch self {
        case .unlimited: true
        case .withinBudget: running == 0 || hasRoom()
        case .between(let least, let most): running < max(1, least, min(wanted, most))
        }
    }
}

/// What follows from a page.
struct PageDecision: Sendable, Equatable {
    /// What the journal must know before the next page.
    var event: ListEvent?
    /// Whether the stream's next page is wanted.
    var continues = true
}
