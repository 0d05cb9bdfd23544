internal import Staging

/// A list without an order that exists in numbers only, and the pages of its time windows: of a firm that grew at an even pace.
struct VirtualWindows: VirtualClio {
    private let records: Int
    private let pageSize: Int
    private let first: Double
    private let last: Double

    /// - Parameter now: seconds since 1970.
    init(records: Int, pageSize: Int, now: Double) {
        self.records = records
        self.pageSize = pageSize
        first = now - 10 * 31_557_600
        last = now + 60 * 86_400
    }

    /// Records up to a moment; nil: all.
    private func count(upTo moment: Double?) -> Int {
        guard let moment else { return records }
        let share = min(max((moment - first) / (last - first), 0), 1)
        return Int((Double(records) * share * share).rounded())
    }

    private func count(from lower: Double?, upTo upper: Double?) -> Int {
        max(0, count(upTo: upper) - (lower.map { count(upTo: $0) } ?? 0))
    }

    func page(of key: StreamKey, next: String?) -> CutPage {
        guard case .window(let lower, let upper) = key.scope else { return CutPage() }
        return page(of: count(from: lower, upTo: upper), from: next, size: pageSize).page
    }

    func answer(_ question: ListQuestion) -> ListAnswer {
        switch question {
        case .position(let key): return .position(key, nil)
        case .countsHold(let key): return .countsHold(key, true)
        case .count(let key, let moment, _):
            guard case .window(let lower, _) = key.scope else { return .count(key, upTo: moment, nil) }
            return .count(key, upTo: moment, count(from: lower, upTo: moment))
        }
    }
}
