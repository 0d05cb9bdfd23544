import HTTP
import Staging
import Testing

@testable import Extract

/// What a page or an error means for a stream, without a network.
@Suite struct StreamCursorTests {
    private let base: WebAddress
    private let start: WebAddress

    init() throws {
        base = try #require(WebAddress("https://clio.example"))
        start = try #require(WebAddress("https://clio.example/api/v4/things.json?limit=200"))
    }

    private func cursor(isOrdered: Bool = true) -> StreamCursor {
        StreamCursor(start, checks: PageChecks(isOrderedByID: isOrdered), base: base, limit: 10_000)
    }

    private func page(next: String?, upTo id: Int64? = nil, records: Int = 200) -> CutPage {
        var page = CutPage()
        page.records = records
        page.highestID = id
        page.next = next.map { "https://clio.example/api/v4/things.json?page_token=\($0)" }
        return page
    }

    @Test func aStreamFollowsItsLinksToTheLastPage() throws {
        var cursor = cursor()
        #expect(cursor.isFirst && cursor.address == start)
        #expect(try cursor.received(page(next: "a", upTo: 200), from: cursor.address))
        #expect(!cursor.isFirst && cursor.checks.above == 200)
        #expect(cursor.address.target.contains("page_token=a"))
        #expect(try !cursor.received(page(next: nil, upTo: 250, records: 50), from: cursor.address))
    }

    @Test func aLinkToAnotherHostIsRefused() throws {
        for link in ["https://evil.example/api", "http://clio.example/api", "not an address"] {
            var cursor = cursor()
            var page = page(next: nil, upTo: 200)
            page.next = link
            #expect { try cursor.received(page, from: start) } throws: { ($0 as? ClioError)?.kind == .foreignAddress }
            #expect(cursor.isFirst)
        }
    }

    @Test func linksThatLeadInACircleAreRefused() throws {
        var cursor = cursor()
        _ = try cursor.received(page(next: "a", upTo: 200), from: cursor.address)
        #expect(throws: ClioError.self) { try cursor.received(page(next: "a", upTo: 400), from: cursor.address) }
        _ = try cursor.received(page(next: "b", upTo: 400), from: cursor.address)
        #expect(throws: ClioError.self) { try cursor.received(page(next: "a", upTo: 600), from: cursor.address) }
    }

    @Test func pagesWithoutAHigherIDAreACircleOnlyInTheOrderOfIDs() throws {
        var ordered = cursor()
        var unordered = cursor(isOrdered: false)
        for token in ["a", "b"] {
            _ = try ordered.received(page(next: token, upTo: 7), from: ordered.address)
            _ = try unordered.received(page(next: token, upTo: 7), from: unordered.address)
        }
        #expect(throws: ClioError.self) { try ordered.received(page(next: "c", upTo: 7), from: ordered.address) }
        #expect(try unordered.received(page(next: "c", upTo: 7), from: unordered.address))
    }

    @Test func anErrorIsTheStreamsOrTheRuns() throws {
        var cursor = cursor()
        for kind in [ClioError.Kind.refused, .offsetLimit, .missing] {
            let error = ClioError(kind, "no")
            #expect(cursor.failed(error, records: 0) == .refused(error))
        }
        _ = try cursor.received(page(next: "a", upTo: 200), from: cursor.address)
        for kind in [ClioError.Kind.refused, .offsetLimit, .missing] {
            #expect(cursor.failed(ClioError(kind, "no"), records: 9_999) == .cursorLost)
            #expect(cursor.failed(ClioError(kind, "no"), records: 10_000) == .limitReached)
        }
        for kind in [ClioError.Kind.forbidden, .unauthorized, .transient, .stopped, .badPage] {
            #expect(cursor.failed(ClioError(kind, "no"), records: 10_000) == nil)
        }
    }
}
