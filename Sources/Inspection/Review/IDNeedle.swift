internal import Bytes
internal import JSON

/// A cheap search for a record's id in minified JSON, before anything is parsed.
///
/// It may find other objects with the same id; it misses no line but one that writes its id with escapes.
struct IDNeedle: Sendable {
    private let needles: [[UInt8]]

    /// - Parameter key: the id's own key, for example `id`.
    init(key: String, id: String) {
        var text = JSONWriter(capacity: 64)
        text.string(key)
        var start = text.buffer.array()
        start.append(UInt8(ascii: ":"))
        text.removeAll()
        text.string(id)
        var needles = [start + text.buffer.array()]
        if Int64(id) != nil { needles.append(start + Array(id.utf8)) }
        self.needles = needles
    }

    /// Whether the bytes may hold the id.
    func mayBeIn(_ bytes: UnsafeRawBufferPointer) -> Bool { first(in: bytes) != nil }

    /// Where the first place is that may hold it.
    func first(in bytes: UnsafeRawBufferPointer) -> Int? {
        var nearest: Int?
        for needle in needles {
            guard let offset = ByteSearch.first(needle, in: bytes) else { continue }
            nearest = min(nearest ?? offset, offset)
        }
        return nearest
    }
}
