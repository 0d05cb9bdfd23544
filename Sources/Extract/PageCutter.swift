internal import Bytes
internal import JSON
internal import Staging

/// Checks a page and cuts its records into lines; no value is re-written.
///
/// The whole text must be JSON before a single record is taken: a page that broke off is asked for again, never kept in
/// part. Not Sendable; its buffers are kept from page to page.
final class PageCutter {
    private let parser = JSONParser()
    private var minified = ByteBuffer(capacity: 1 << 16)
    private var lines = ByteBuffer(capacity: 1 << 16)

    /// Cuts one page.
    /// - Parameter body: the answer's body, `ByteBuffer.padding` readable bytes after it.
    func cut(_ body: UnsafeRawBufferPointer, _ checks: PageChecks) throws(PageFault) -> CutPage {
        var selection = checks.filter?().map { PageFilter.Selection($0, isOrderedByID: checks.isOrderedByID) }
        var page = try read(body, checks, &selection)
        page.lines = try cutLines(body, page.records)
        page.kept = selection?.apply(to: &page.lines) ?? page.records
        return page
    }

    /// The records as lines.
    private func cutLines(_ body: UnsafeRawBufferPointer, _ records: Int) throws(PageFault) -> [UInt8] {
        if let cut = parser.lines(of: "data", in: body), cut.count == records { return cut.text }
        minified.removeAll()
        lines.removeAll()
        do throws(JSONError) {
            try JSONMinifier.minify(body, into: &minified)
        } catch {
            throw .damaged("the page is damaged: \(error.description)")
        }
        var scanner = RecordScanner(minified.bytes)
        guard scanner.cutRecords(into: &lines) == records else {
            throw .damaged("the page's records cannot be told apart")
        }
        return lines.array()
    }

    /// Validates the page and looks at its records.
    private func read(
        _ body: UnsafeRawBufferPointer, _ checks: PageChecks, _ selection: inout PageFilter.Selection?
    ) throws(PageFault) -> CutPage {
        let root: JSONValue
        do throws(JSONError) {
            root = try parser.parse(body)
        } catch {
            throw .damaged("the answer is no whole JSON text: \(error.description)")
        }
        guard root.kind == .object, let data = root["data"] else {
            throw .damaged("the answer has no `data`")
        }
        guard data.kind == (checks.isSingle ? .object : .array) else {
            if let seconds = DisguisedLimit.seconds(data) { throw .limited(seconds: seconds) }
            throw .damaged("`data` is no list")
        }
        var page = CutPage()
        if let meta = root["meta"] {
            if let next = meta["paging"]?["next"], !next.isNull {
                guard let text = next.string else { throw .damaged("`meta.paging.next` is no text") }
                if !text.isEmpty { page.next = text }
            }
            // No list is that long: such a number is none.
            page.total = meta["records"]?.int64.flatMap { (0...1_000_000_000_000).contains($0) ? Int($0) : nil }
        }
        look(at: data, checks, &page, &selection)
        return page
    }

    private func look(
        at data: JSONValue, _ checks: PageChecks, _ page: inout CutPage, _ selection: inout PageFilter.Selection?
    ) {
        var last: JSONValue?
        page.highestID = checks.above
        page.latestCreation = checks.createdBefore
        func look(_ record: JSONValue) {
            if page.records == 0 { page.firstID = Self.id(record) }
            page.records += 1
            selection?.look(at: record)
            last = record
            for expectation in checks.expectations where !expectation.holds(for: record) {
                page.mismatches += 1
                break
            }
            if let window = checks.window, window.isOutside(record) { page.outside += 1 }
            if let group = checks.group, group.isOutside(record) { page.outsiders += 1 }
            if checks.isOrderedByID, let id = record["id"]?.int64 {
                if let highest = page.highestID, id <= highest { page.duplicates += 1 }
                page.lowestID = min(page.lowestID ?? id, id)
                page.highestID = max(page.highestID ?? id, id)
            }
            if checks.wantsCreatedAt, let moment = record["created_at"]?.moment {
                page.earliestCreation = min(page.earliestCreation ?? moment, moment)
                page.lastCreation = moment
                if let latest = page.latestCreation { page.displacement = max(page.displacement, latest - moment) }
                page.latestCreation = max(page.latestCreation ?? moment, moment)
            }
            if let floor = checks.floor, floor.isBelow(record) { page.belowFloor += 1 }
            if let field = checks.startField, let start = record[field]?.moment {
                page.starts.append(start)
            }
        }
        if checks.isSingle { look(data) } else { data.forEachElement(look) }
        page.lastID = last.flatMap(Self.id)
    }

    private static func id(_ record: JSONValue) -> String? {
        guard let id = record["id"] else { return nil }
        return id.int64.map { String($0) } ?? id.string
    }
}

/// A 429 that comes as status 200: `data` is the refusal in base64.
enum DisguisedLimit {
    /// The seconds that it asks to wait, 0 when it names none; nil when it is no such refusal.
    static func seconds(_ data: JSONValue) -> Double? {
        guard data.kind == .string, let bytes = data.utf8 else { return nil }
        let texts = [String(decoding: decoded(bytes), as: UTF8.self), String(decoding: bytes, as: UTF8.self)]
        guard let text = texts.first(where: { $0.contains("RateLimited") }) else { return nil }
        // `Rate limit of 50 exceeded. Retry in 21 seconds.`
        guard let words = text.firstRange(of: "Retry in ") else { return 0 }
        return Double(text[words.upperBound...].prefix { $0.isNumber }) ?? 0
    }

    private static func decoded(_ text: UnsafeRawBufferPointer) -> [UInt8] {
        var bytes: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        for byte in text.prefix(1 << 16) {
            let value: UInt32
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = UInt32(byte) - 65
            case UInt8(ascii: "a")...UInt8(ascii: "z"): value = UInt32(byte) - 71
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = UInt32(byte) + 4
            case UInt8(ascii: "+"), UInt8(ascii: "-"): value = 62
            case UInt8(ascii: "/"), UInt8(ascii: "_"): value = 63
            default: continue
            }
            bits = bits << 6 | value
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        return bytes
    }
}
