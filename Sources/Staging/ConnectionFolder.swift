internal import Bytes

/// `staging/FIRM`: everything that belongs to one connection.
public struct ConnectionFolder: Sendable, Equatable {
    /// The folder.
    public let path: String
    /// The connection's name.
    public let connection: String
    /// Where the numbers of new records come from.
    public var numbers = NumberSource.own

    /// Where record numbers come from.
    public enum NumberSource: Sendable {
        /// From a counter in the folder.
        case own
        /// From those that an object store reserved for the folder: other machines may fetch other lists of the same firm.
        case reserved
    }

    /// Checks the name, and that what is there can be read; creates nothing.
    /// - Throws: an error of the code `name`, or `io` for a folder of another user.
    public init(staging: String, connection: String) throws(StagingError) {
        let allowed = connection.utf8.allSatisfy {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                || $0 == UInt8(ascii: "-")
        }
        guard allowed, (1...64).contains(connection.utf8.count) else {
            throw StagingError(
                .name, "a connection's name has 1 to 64 of a-z, 0-9 and -; choose another name for --connection")
        }
        self.connection = connection
        path = (staging.isEmpty ? "." : staging) + "/" + connection
        try Files.checkReadable(path)
        for name in try Files.names(in: path) where !name.hasPrefix(".") { try Files.checkReadable("\(path)/\(name)") }
    }

    /// The folder of a connection of which something is staged; creates nothing.
    /// - Throws: `StagingError` as `init`, `ConfigurationError` when there is no folder.
    public static func existing(staging: String, connection: String) throws -> ConnectionFolder {
        let folder = try ConnectionFolder(staging: staging, connection: connection)
        guard try Files.isFolder(folder.path) else {
            throw ConfigurationError(
                "\(folder.path): nothing is staged for the connection \(connection); `cliosync extract` fills it")
        }
        return folder
    }

    /// The job records.
    public var jobDatabase: String { path + "/job.sqlite" }
    /// What a person decided in review.
    public var decisions: String { path + "/decisions.ndjson" }
    /// What the latest comparisons of files and database found.
    public var proof: String { path + "/.proof.json" }
    /// The lock that every process holds, shared, while it carries out a job.
    public var runLock: String { path + "/.run.lock" }
    /// The key of the firm's masks.
    public var maskKey: String { path + "/mask.key" }
    /// The next free sequence number.
    var sequence: String { path + "/.sequence" }

    /// The folder of one entity in one phase.
    public func entity(phase: String, name: String) -> EntityFolder {
        EntityFolder(connection: self, phase: phase, entity: name)
    }

    /// Whether anything of a phase was staged.
    public func hasPhase(_ name: String) throws(StagingError) -> Bool { try Files.exists("\(path)/\(name)") }

    /// Where the lock of one layer of one phase lies.
    public func lock(phase: String, layer: String) -> String { "\(path)/\(phase)/.\(layer).lock" }

    /// Makes the folder, readable for its owner only.
    public func create() throws(StagingError) { try Files.createFolder(path) }
}
