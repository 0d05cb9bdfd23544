package import Pipelines
package import Staging

/// What a list does with a page between its arrival and the next request, without the network: for the benchmark of it.
///
/// Not Sendable, as the cutter is not.
package final class PageHandling {
    private let cutter = PageCutter()
    private let checks: PageChecks
    private let writer: RawLayerWriter

    /// - Parameter entity: says what is checked in each record.
    package init(_ entity: Entity, into writer: RawLayerWriter) {
        checks = PageChecks(entity)
        self.writer = writer
    }

    /// A page could not be used.
    package struct Refusal: Error, CustomStringConvertible {
        /// What is wrong with it.
        package let description: String
    }

    /// Checks, cuts, compresses and commits one page.
    /// - Parameter body: the answer's body, `ByteBuffer.padding` readable bytes after it.
    /// - Returns: its records.
    package func handle(_ body: UnsafeRawBufferPointer) async throws -> Int {
        let page: CutPage
        do throws(PageFault) {
            page = try cutter.cut(body, checks)
        } catch {
            throw Refusal(description: "no page: \(error)")
        }
        // Every page says that there is a next one, so that one stream continues to the end.
        var raw = page.rawPage(.list, request: "/api/v4/benchmark.json", serverTime: nil)
        raw.next = raw.next ?? "more"
        try await writer.commit(raw)
        return page.records
    }
}
