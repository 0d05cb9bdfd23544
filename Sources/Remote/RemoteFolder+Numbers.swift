internal import JSON
internal import Staging

extension RemoteFolder {
    /// Numbers that a machine reserves at a time: more than an extract can use, few enough for millions of reservations.
    static let reservedNumbers: Int64 = 1 << 30

    /// The first record number that is reserved for no machine.
    var numbersKey: String { key("numbers") }

    /// Reserves record numbers for this folder, above all that any machine has, unless it has enough and no other machine has
    /// reserved any since.
    ///
    /// The store carries out the write only if no other machine was faster, so that no two machines have the same numbers.
    /// - Throws: a `RemoteError` with the code `damaged` when the store's counter cannot be read.
    public func reserveNumbers() async throws {
        while true {
            let found = try await store.get(numbersKey)
            let next = try found.map { try firstFree($0.bytes) }
            let (free, own) = (try folder.freeSequence(), try folder.reservedNumbers())
            if let next, let own, own.upperBound == next, free <= next, own.count >= Self.reservedNumbers / 2 { return }
            // Without a counter in the store, the indexes say which numbers are free.
            let stored = if let next { next } else { try await highestStored() }
            let from = max(stored, free, own?.lowerBound ?? 0)
            let end = from + Self.reservedNumbers
            let condition: ObjectStore.Condition = found.map { .matches(etag: $0.etag) } ?? .absent
            guard try await store.put(numbersKey, Self.line(end), if: condition) != nil else { continue }
            return try folder.reserveNumbers(from..<end)
        }
    }

    private func highestStored() async throws -> Int64 {
        var highest: Int64 = 0
        for scope in try await storedScopes() {
            highest = max(highest, try await index(scope)?.index.sequence ?? 0)
        }
        return highest
    }

    private static func line(_ next: Int64) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("next")
        writer.integer(next)
        writer.endObject()
        writer.newline()
        return Array(writer.text.utf8)
    }

    private func firstFree(_ bytes: [UInt8]) throws -> Int64 {
        let parser = JSONParser()
        guard let next = bytes.withUnsafeBytes({ try? parser.parse(copying: $0) })?["next"]?.int64,
            (0...(1 << 53) - Self.reservedNumbers).contains(next)
        else {
            throw RemoteError(
                .damaged,
                "\(store.location.text)\(numbersKey): says no record number; delete it when no machine works on the firm, then "
                    + "run the same command again")
        }
        return next
    }
}
