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
    /// What Clio sent.
    public var raw: String { "\(phaseFolder)/raw/\(entity)" }
    /// Accepted rows.
    public var clean: String { "\(phaseFolder)/clean/\(entity)" }
    /// Bad records with their reasons.
    public var flagged: String { "\(phaseFolder)/flagged/\(entity)" }
    /// The manifest of the raw layer that is in place.
    public var rawManifest: String { raw + "/" + Self.manifestName }

    /// A raw generation that is still being extracted beside the one in place.
    var nextRaw: String { "\(phaseFolder)/.next/raw/\(entity)" }
    var generations: String { phaseFolder + "/.generations" }
    var currentGeneration: String { "\(generations)/\(entity)" }

    static let manifestName = "manifest.ndjson"

    func generation(_ number: Int) -> String {
        let digits = String(number)
        return "\(generations)/\(entity)-" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
