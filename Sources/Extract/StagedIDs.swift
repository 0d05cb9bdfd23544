internal import JSON
internal import Staging

/// The ids of a layer's records: eight bytes of memory each where they are numbers, be it in quotes.
struct StagedIDs: Sendable {
    /// Ascending, each once.
    private var numbers: [Int64] = []
    private var texts: Set<String> = []

    /// Records that have none to be told by.
    private(set) var nameless = 0
    /// What tells these from each other: their whole text, hashed.
    private var namelessLines: Set<Int> = []

    /// How many different records there are; each without an id counts.
    var count: Int { numbers.count + texts.count + nameless }

    /// Reads them off staged parts.
    static func read(_ files: [PartFile]) async throws(StagingError) -> StagedIDs {
        try await StagedFiles.read { () throws(StagingError) in try readNow(files.map { ($0, []) }, [:]) }
    }

    /// Those that count: what was found deleted or left the list does not, unless it came again later.
    /// - Parameter files: of the manifest's parts, in their order.
    static func read(_ files: [PartFile], alive manifest: RawManifest) async throws(StagingError) -> StagedIDs {
        let (gone, unnamed) = (manifest.ended, manifest.unnamed)
        guard !gone.isEmpty || unnamed != nil else { return try await read(files) }
        let pages = Dictionary(grouping: manifest.pages, by: \.part)
        let parts = zip(manifest.parts, files).map { ($0.1, pages[$0.0.name] ?? []) }
        return try await StagedFiles.read { () throws(StagingError) in try readNow(parts, gone, unnamed) }
    }

    /// - Parameters:
    ///   - gone: since which record number an id does not count.
    ///   - unnamed: how many records without an id a whole reading showed.
    private static func readNow(
        _ parts: [(file: PartFile, pages: [RawPageEntry])], _ gone: [String: Int64], _ unnamed: RawUnnamed? = nil
    ) throws(StagingError) -> StagedIDs {
        var ids = StagedIDs()
        ids.nameless = unnamed?.records ?? 0
        let parser = JSONParser()
        try StagedFiles.forEachLine(parts) { line, sequence in
            let id = (try? parser.parse(line))?["id"]
            if !gone.isEmpty, let name = id?.int64.map({ String($0) }) ?? id?.string, let moment = gone[name],
                sequence < moment
            {
                return
            }
            ids.add(id, line, isCounted: unnamed.map { sequence > $0.sequence } ?? true)
        }
        ids.numbers.sort()
        var distinct: [Int64] = []
        distinct.reserveCapacity(ids.numbers.count)
        for number in ids.numbers where distinct.last != number { distinct.append(number) }
        ids.numbers = distinct
        return ids
    }

    /// - Parameter isCounted: whether it counts where it has no id.
    private mutating func add(_ id: JSONValue?, _ line: UnsafeRawBufferPointer, isCounted: Bool) {
        if let number = id?.int64 {
            numbers.append(number)
        } else if let text = id?.string {
            if let number = Int64(text), String(number) == text { numbers.append(number) } else { texts.insert(text) }
        } else {
            if isCounted { nameless += 1 }
            namelessLines.insert(Self.hash(line))
        }
    }

    private static func hash(_ line: UnsafeRawBufferPointer) -> Int {
        var hasher = Hasher()
        hasher.combine(bytes: line)
        return hasher.finalize()
    }

    /// Whether a record with this id is among them; nil: it has no id to be told by.
    func containsID(_ id: JSONValue?) -> Bool? {
        if let number = id?.int64 { return contains(number) }
        guard let text = id?.string else { return nil }
        if let number = Int64(text), String(number) == text { return contains(number) }
        return texts.contains(text)
    }

    /// Whether a record without an id is among them, by its whole text.
    func containsLine(_ line: UnsafeRawBufferPointer) -> Bool { namelessLines.contains(Self.hash(line)) }

    private func contains(_ number: Int64) -> Bool {
        var low = 0
        var high = numbers.count
        while low < high {
            let middle = (low + high) / 2
            if numbers[middle] < number { low = middle + 1 } else { high = middle }
        }
        return low < numbers.count && numbers[low] == number
    }

    /// Those that the other does not have, as text, ascending.
    func subtracting(_ other: StagedIDs) -> [String] {
        var result: [String] = []
        var place = 0
        for number in numbers {
            while place < other.numbers.count, other.numbers[place] < number { place += 1 }
            if place >= other.numbers.count || other.numbers[place] != number { result.append(String(number)) }
        }
        return result + texts.subtracting(other.texts).sorted()
    }

    /// The ids of some lines.
    static func ids(_ lines: [UInt8]) -> Set<String> {
        var ids = Set<String>()
        let parser = JSONParser()
        for line in lines.split(separator: UInt8(ascii: "\n")) {
            Array(line).withUnsafeBytes { bytes in
                guard let id = (try? parser.parse(bytes))?["id"] else { return }
                if let text = id.int64.map({ String($0) }) ?? id.string { ids.insert(text) }
            }
        }
        return ids
    }
}
