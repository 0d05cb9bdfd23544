internal import HTTP
internal import Staging

/// The pages of one stream: which address comes next, and what a page or an error means for the stream.
///
/// Pure: the caller asks and commits, and reports what came. Each strategy of fetching a list uses it.
struct StreamCursor: Sendable {
    /// What is asked for next.
    private(set) var address: WebAddress
    /// What is looked at in that page.
    private(set) var checks: PageChecks
    /// Whether no page has come yet.
    private(set) var isFirst = true
    private let base: WebAddress
    private let limit: Int
    private var seen: Set<Int>
    /// Pages one after the other that had no higher id than the one before.
    private var standstills = 0

    /// - Parameters:
    ///   - base: where all addresses must be.
    ///   - limit: records that a list shows at least.
    init(_ start: WebAddress, checks: PageChecks, base: WebAddress, limit: Int) {
        address = start
        self.checks = checks
        self.base = base
        self.limit = limit
        seen = [start.target.hashValue]
    }

    /// Takes a page, before anything of it is kept.
    /// - Parameter source: the address that it came from.
    /// - Returns: whether another page follows.
    /// - Throws: an error when its link leads elsewhere or in a circle.
    mutating func received(_ page: CutPage, from source: WebAddress) throws(ClioError) -> Bool {
        let next = try link(page, source)
        // A cursor that leads in a circle has no end, and returns nothing new.
        let isStandingStill = page.records > 0 && page.highestID != nil && page.highestID == checks.above
        standstills = isStandingStill ? standstills + 1 : 0
        if let next, !seen.insert(next.target.hashValue).inserted || (checks.isOrderedByID && standstills > 1) {
            throw ClioError(
                .badPage,
                "\(address.path): the links to the next page lead in a circle; what came so far is kept, run again")
        }
        isFirst = false
        checks.above = page.highestID
        checks.createdBefore = page.latestCreation
        guard let next else { return false }
        address = next
        return true
    }

    /// Where the stream continues; a link elsewhere is refused.
    private func link(_ page: CutPage, _ source: WebAddress) throws(ClioError) -> WebAddress? {
        guard let text = page.next else { return nil }
        guard let next = WebAddress(text), next.isSameOrigin(as: base) else {
            let place = WebAddress(text)?.origin ?? "no usable address"
            throw ClioError(
                .foreignAddress,
                "\(source.path): the link to the next page leads to \(place), not to \(base.origin); "
                    + "nothing was sent there; check CLIO_BASE_URL and the network between")
        }
        guard next != source else {
            throw ClioError(.badPage, "\(source.path): the link to the next page leads to the same page again")
        }
        return next
    }

    /// What an error instead of a page means; nil: it is not the stream's.
    /// - Parameter records: of the stream so far.
    func failed(_ error: ClioError, records: Int) -> StreamEnd? {
        switch error.kind {
        case .offsetLimit where isFirst, .refused where isFirst, .missing where isFirst: .refused(error)
        // The address was Clio's own: what it refuses is the cursor, and a short list has no limit.
        case .offsetLimit, .refused, .missing: records < limit ? .cursorLost : .limitReached
        default: nil
        }
    }
}
