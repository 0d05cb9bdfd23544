internal import Foundation
internal import Staging
internal import Tables

/// What the latest comparisons of a connection's files and database found, so that a later one can leave out what nothing
/// touched since. It is a file beside the layers; without it, everything is compared.
struct Proof: Codable, Sendable {
    /// Of this file and of what the checks mean: one of another format is none.
    private static let currentFormat = 1

    private var format = Proof.currentFormat
    /// The database as it was when all of this was true.
    var database: DatabaseStamp
    /// By table.
    var tables: [String: TableProof] = [:]
    /// When the structure of the whole database was last checked, UTC; nil: not since it was found wrong.
    var structureAt: String?
    /// When all references were last compared, UTC; nil: not since rows changed.
    var referencesAt: String?

    /// Nothing is proven of this database.
    init(database: DatabaseStamp) { self.database = database }

    /// What one table was compared with.
    struct TableProof: Codable, Sendable {
        /// When all its values were compared, UTC.
        var wholeAt: String
        /// The CREATE statements of the table and its child tables.
        var schema: String
        /// The layers that feed it, by "phase/entity".
        var layers: [String: LayerProof]
        /// Rows of the table and of its child tables.
        var rows: [String: Int]
    }

    /// What one layer was, and what its lines come to.
    struct LayerProof: Codable, Sendable {
        var state: LayerState
        /// Lines of the raw layer.
        var lines: Int
        /// Different records of the list.
        var records: Int
    }

    // MARK: The file

    /// nil: there is none that this version can use.
    static func read(_ folder: ConnectionFolder) throws(StagingError) -> Proof? {
        guard let bytes = try Files.read(folder.proof),
            let proof = try? JSONDecoder().decode(Proof.self, from: Data(bytes)), proof.format == currentFormat
        else { return nil }
        return proof
    }

    func write(_ folder: ConnectionFolder) throws(StagingError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(self) else { return try Proof.remove(folder) }
        try Files.write(Array(data), to: folder.proof)
    }

    static func remove(_ folder: ConnectionFolder) throws(StagingError) { try Files.remove(folder.proof) }
}

/// What tells whether a layer, from raw lines to clean and flagged ones, changed since it was looked at.
struct LayerState: Codable, Sendable, Equatable {
    private let rawGeneration: Int
    private let generation: Int
    private let fingerprint: String
    /// Name, checksums and files of each part.
    private let parts: [String]
    private let deletions: Int
    private let departures: Int
    private let unnamed: Int64?

    /// - Parameter place: where the raw layer is.
    init(_ raw: RawManifest, _ result: ResultManifest, _ place: EntityFolder) {
        rawGeneration = raw.header.generation
        generation = result.header.generation
        fingerprint = result.header.fingerprint
        deletions = raw.deletions.count
        departures = raw.departures.count
        unnamed = raw.unnamed?.sequence
        let results = Dictionary(result.parts.map { ($0.part, $0) }) { first, _ in first }
        parts = raw.parts.filter { $0.records > 0 }.map { part in
            let result = results[part.name]
            let files = [raw.file(part, in: place)] + (result?.files ?? [])
            let crcs = files.map { String($0.crc, radix: 16) + " " + (FileIdentity($0.path)?.text ?? "-") }
            return "\(part.name) \(part.records) \(result?.records ?? -1) " + crcs.joined(separator: " ")
        }
    }
}
