internal import Staging

/// Clio's answers about a list that exists in numbers only.
protocol VirtualClio: Sendable {
    /// A page of a stream.
    /// - Parameter next: the text that the page before has for it; nil: the first page.
    func page(of key: StreamKey, next: String?) -> CutPage

    /// The answer to a question.
    func answer(_ question: ListQuestion) -> ListAnswer

    /// When the last record was created.
    var end: Double { get }
}

extension VirtualClio {
    func answer(_ question: ListQuestion) -> ListAnswer {
        switch question {
        case .position(let key): .position(key, nil)
        case .count(let key, let moment, _): .count(key, upTo: moment, nil)
        case .countsHold(let key): .countsHold(key, true)
        }
    }

    var end: Double { 0 }

    /// Records from one place in a stream to the next page's.
    func page(of total: Int, from next: String?, size: Int) -> (records: Range<Int>, page: CutPage) {
        let begin = min(next.flatMap { Int($0) } ?? 0, total)
        let end = min(begin + size, total)
        var page = CutPage()
        page.records = end - begin
        page.total = total
        page.next = end < total ? String(end) : nil
        return (begin..<end, page)
    }
}
