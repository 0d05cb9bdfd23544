internal import Hashing
internal import JSON

/// The generation that a compaction replaced. A database that has all of that one has all that the compaction wrote.
public struct CompactedGeneration: Sendable, Equatable {
    /// Of its clean and flagged layers.
    public let generation: Int
    /// Of its raw layer.
    public let rawGeneration: Int
    /// A digest of its parts and their checksums.
    public let digest: String
    /// How many parts the compaction wrote; those behind them came later.
    public let parts: Int
    /// Accepted records among them whose id an earlier one has.
    public let duplicates: Int

    /// - Parameters:
    ///   - source: the manifest of the generation that is compacted.
    ///   - parts: how many parts took their place.
    public init(_ source: ResultManifest, parts: Int, duplicates: Int) {
        generation = source.header.generation
        rawGeneration = source.header.rawGeneration
        digest = Self.digest(
            source.parts.map {
                (
                    name: $0.part,
                    crcs: [Int64($0.rawCRC), $0.clean.map { Int64($0.crc) }, $0.flagged.map { Int64($0.crc) }]
                )
            })
        self.parts = parts
        self.duplicates = duplicates
    }

    /// A digest of parts: their names, and the checksums of their raw, clean and flagged files.
    public static func digest(_ parts: [(name: String, crcs: [Int64?])]) -> String {
        let lines = parts.map { part in
            "\(part.name) \(part.crcs.map { $0.map { String($0, radix: 16) } ?? "-" }.joined(separator: " "))\n"
        }
        return SHA256.hex(lines.sorted().joined())
    }

    func write(to line: inout JSONWriter) {
        line.key("compacted")
        line.beginObject()
        line.member("generation", generation)
        line.member("raw_generation", rawGeneration)
        line.member("digest", digest)
        line.member("parts", parts)
        line.member("duplicates", duplicates)
        line.endObject()
    }

    /// Reads it off the header of a clean layer; nil when that is no compaction.
    init?(_ line: JournalLine) throws(StagingError) {
        guard let value = line.value["compacted"] else { return nil }
        let inner = JournalLine(path: line.path, number: line.number, value: value)
        generation = try inner.number("generation")
        rawGeneration = try inner.number("raw_generation")
        digest = try inner.text("digest")
        parts = try inner.number("parts")
        duplicates = try inner.number("duplicates")
    }
}
