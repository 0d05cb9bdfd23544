/// Where the layers of one entity in one phase lie.
///
/// `clean/ENTITY` and `flagged/ENTITY` are symbolic links into `.generations/ENTITY`, itself a link to the generation
/// in place: replacing that one link switches both layers at once.
public struct EntityFolder: Sendable, Equatable {
    /// The connection it belongs to.
    public let connection: ConnectionFolder
    /// The phase.
    public let phase: String
    /// The entity.
    public let entity: String

    /// `staging/FIRM/PHASE`.
    public var phaseFolder: String { connection.path + "/" + phase }
    /// Where in the phase's folder the raw layer lies.
    private let rawFolder: String

    /// The entity's place in a phase of a connection.
    public init(connection: ConnectionFolder, phase: String, entity: String) {
        self.init(connection: connection, phase: phase, entity: entity, rawFolder: "raw")
    }

    private init(connection: ConnectionFolder, phase: String, entity: String, rawFolder: String) {
        self.connection = connection
        self.phase = phase
        self.entity = entity
        self.rawFolder = rawFolder
    }

    /// Beside the layers, for a finished list that is read once more; written like a raw layer.
    public var sweep: EntityFolder {
        EntityFolder(connection: connection, phase: phase, entity: entity, rawFolder: ".sweep")
    }

    /// Removes the raw layer that is in place.
    public func removeRaw() throws(StagingError) { try Files.remove(raw) }

    /// Throws away a generation that was being extracted beside the one in place.
    public func removeNextRaw() throws(StagingError) { try Files.remove(nextRaw) }

    /// Whether a generation is being extracted beside the one in place.
    public var hasNextRaw: Bool { get throws(StagingError) { try Files.exists(nextRaw) } }

    /// What Clio sent.
    public var raw: String { "\(phaseFolder)/\(rawFolder)/\(entity)" }
    /// Accepted rows.
    public var clean: String { "\(phaseFolder)/clean/\(entity)" }
    /// Bad records with their reasons.
    public var flagged: String { "\(phaseFolder)/flagged/\(entity)" }
    /// The manifest of the raw layer that is in place.
    public var rawManifest: String { raw + "/" + Self.manifestName }

    /// A raw generation that is still being extracted beside the one in place.
    var nextRaw: String { "\(phaseFolder)/.next/\(rawFolder)/\(entity)" }
    var generations: String { phaseFolder + "/.generations" }
    var currentGeneration: String { "\(generations)/\(entity)" }

    static let manifestName = "manifest.ndjson"

    func generation(_ number: Int) -> String {
        let digits = String(number)
        return "\(generations)/\(entity)-" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }

    /// The number of the generation whose folder has this name; nil for any other name.
    func generation(named name: String) -> Int? {
        guard name.hasPrefix(entity + "-") else { return nil }
        return Int(name.dropFirst(entity.count + 1))
    }

    /// The highest generation of clean and flagged layers that was put in place, whether or not its manifest is readable.
    func latestGeneration() throws(StagingError) -> Int {
        let target = try Files.linkTarget(currentGeneration)
        let names = if let target { [target] } else { try Files.names(in: generations) }
        return names.compactMap { generation(named: $0) }.max() ?? 0
    }
}
