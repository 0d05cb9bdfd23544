internal import Bytes
internal import Foundation
public import JSON
internal import Staging

/// What was removed of a firm: for the firm's file. It has counts, sizes and digests, and no value of a record.
public struct RemovalReceipt: Codable, JSONReport, Sendable, Equatable {
    /// How far the removal is.
    public enum State: String, Codable, Sendable {
        /// The same command continues it.
        case begun
        /// Everything in the list is gone.
        case done
    }

    /// The format's version.
    public var receipt = 1
    /// How far it is.
    public internal(set) var state = State.begun
    /// The connection.
    public let connection: String
    /// The firm and Clio's id of it, where they are known.
    public let firm: String?
    /// When it began, UTC.
    public let begunAt: String
    /// When it ended, UTC.
    public internal(set) var endedAt: String?
    /// What happened to the consent at Clio, in words.
    public let consent: String
    /// What was removed.
    public let items: [FirmInventory.Item]
    /// Objects that were deleted in the object store; nil: there is no store.
    public internal(set) var storedObjects: Int?
    /// What a person must do.
    public let remaining: [String]

    private enum CodingKeys: String, CodingKey {
        case receipt, state, connection, firm
        case begunAt = "begun_at"
        case endedAt = "ended_at"
        case storedObjects = "stored_objects"
        case consent, items, remaining
    }

    /// Where a receipt is written when nothing else is named: `receipts/FIRM-20261128T090000Z.json`.
    public static func path(connection: String, begunAt: String) -> String {
        "\(folder)/\(connection)-\(begunAt.filter { $0 != "-" && $0 != ":" }).json"
    }

    private static let folder = "receipts"

    /// The newest removal of this connection, and its file.
    static func latest(_ connection: String) throws -> (path: String, receipt: RemovalReceipt)? {
        var latest: (path: String, receipt: RemovalReceipt)?
        for name in try Files.names(in: folder) where name.hasPrefix(connection + "-") && name.hasSuffix(".json") {
            let path = "\(folder)/\(name)"
            guard let receipt = try read(path), receipt.connection == connection else { continue }
            if receipt.begunAt >= latest?.receipt.begunAt ?? "" { latest = (path, receipt) }
        }
        return latest
    }

    /// What killed commands left of receipts of this connection that they were writing: `FIRM-20261128T090000Z.json.tmp123`.
    static func temporaries(_ connection: String) throws(StagingError) -> [String] {
        try Files.names(in: folder).filter { name in
            guard name.hasPrefix(connection + "-"), Files.isTemporary(name) else { return false }
            // Another connection's name may begin like this one's.
            let time = name.dropFirst(connection.count + 1).prefix { $0 != "." }
            return time.count == 16 && time.allSatisfy { $0.isNumber || $0 == "T" || $0 == "Z" }
        }.map { "\(folder)/\($0)" }
    }

    /// Reads a receipt; nil when there is none.
    static func read(_ path: String) throws -> RemovalReceipt? {
        guard let bytes = try Files.read(path) else { return nil }
        guard let receipt = try? JSONDecoder().decode(RemovalReceipt.self, from: Data(bytes)) else {
            throw ConfigurationError("\(path): is no receipt of cliosync; name another file with --receipt")
        }
        return receipt
    }

    /// Writes it (0600), durably.
    func write(_ path: String) throws(StagingError) {
        try Files.createFolder(Files.parent(of: path))
        try Files.write(Array((json + "\n").utf8), to: path)
        try Files.synchronizeFolder(Files.parent(of: path))
    }
}
