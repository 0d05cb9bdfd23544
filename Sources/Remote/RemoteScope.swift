internal import Staging

/// Files of a firm that are stored and fetched together, in one step: what one lock protects.
public enum RemoteScope: Sendable, Equatable, Hashable {
    /// What people decided, and the key of masks.
    case firm
    /// What Clio sent for a phase.
    case raw(phase: String)
    /// What transform made of it.
    case clean(phase: String)
    /// The database as the last load left it. It does not lie among the staged files.
    case database

    /// For people, and in the index.
    public var name: String {
        switch self {
        case .firm: "firm"
        case .raw(let phase): "\(phase)/raw"
        case .clean(let phase): "\(phase)/clean"
        case .database: "database"
        }
    }

    /// The scope with a name; nil: there is none.
    init?(name: String) {
        if let single = [Self.firm, .database].first(where: { $0.name == name }) {
            self = single
            return
        }
        let pieces = name.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard pieces.count == 2, Self.isPlain(pieces[0]) else { return nil }
        switch pieces[1] {
        case "raw": self = .raw(phase: pieces[0])
        case "clean": self = .clean(phase: pieces[0])
        default: return nil
        }
    }

    /// The key of its index, below the firm's prefix.
    var indexKey: String { "index/\(name)" }
    /// The key of its lease.
    var leaseKey: String { "leases/\(name)" }

    /// The folders or files below the firm's folder that belong to it.
    var roots: [String] {
        switch self {
        case .firm: ["decisions.ndjson", "mask.key"]
        case .raw(let phase): ["\(phase)/raw", "\(phase)/.sweep", "\(phase)/.next"]
        case .clean(let phase): ["\(phase)/.generations", "\(phase)/clean", "\(phase)/flagged"]
        case .database: [Self.databaseFile]
        }
    }

    /// The database in its index.
    static let databaseFile = "database.sqlite"

    /// Whether its roots are folders, not files.
    var hasFolders: Bool {
        switch self {
        case .raw, .clean: true
        case .firm, .database: false
        }
    }

    /// Whether a path below the firm's folder belongs to it, and leads nowhere else.
    func contains(_ path: String) -> Bool {
        let pieces = path.split(separator: "/", omittingEmptySubsequences: false)
        guard pieces.allSatisfy({ !$0.isEmpty && $0 != "." && $0 != ".." }), !path.utf8.contains(0) else {
            return false
        }
        return roots.contains { path == $0 || path.hasPrefix($0 + "/") }
    }

    /// Whether a link at a path may have this target: it stays among the scope's files.
    func contains(link path: String, target: String) -> Bool {
        guard contains(path), !target.hasPrefix("/") else { return false }
        var pieces = path.split(separator: "/").dropLast().map(String.init)
        for piece in target.split(separator: "/") {
            if piece == ".." {
                if pieces.popLast() == nil { return false }
            } else if piece != "." {
                pieces.append(String(piece))
            }
        }
        return contains(pieces.joined(separator: "/"))
    }

    private static func isPlain(_ name: String) -> Bool {
        !name.isEmpty && !name.hasPrefix(".") && !name.contains("\0")
    }
}
