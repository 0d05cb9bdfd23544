/// Folders and files in a phase's folder that no layer uses.
public struct LayerLeftover: Sendable, Equatable {
    /// Why it is there.
    public enum Kind: String, Sendable {
        /// A generation of clean and flagged layers that another one took the place of.
        case generation
        /// A raw generation that another one took the place of.
        case raw
        /// Work that was begun and not ended; the same command again would continue it.
        case unfinished
        /// A file that was being written when a process was killed.
        case temporary
    }

    /// Why it is there.
    public let kind: Kind
    /// The entity.
    public let entity: String
    /// Where it is.
    public let path: String
    /// Bytes on the disk.
    public let bytes: Int
    /// When it was last changed, in seconds since 1970.
    public let modified: Double
}

extension ConnectionFolder {
    /// What no layer of a phase uses, never what is in place. The caller holds the phase's locks, or only looks.
    public func leftovers(phase: String) throws(StagingError) -> [LayerLeftover] {
        let root = "\(path)/\(phase)"
        var found: [LayerLeftover] = []
        func add(_ kind: LayerLeftover.Kind, _ entity: String, _ path: String) throws(StagingError) {
            found.append(
                LayerLeftover(
                    kind: kind, entity: entity, path: path, bytes: try Files.totalSize(path),
                    modified: try Files.modified(path) ?? 0))
        }
        let generations = root + "/.generations"
        let names = try Files.names(in: generations)
        var links: [String: String] = [:]
        for name in names { links[name] = try Files.linkTarget("\(generations)/\(name)") }
        let current = Set(links.values)
        for name in names where links[name] == nil && !current.contains(name) {
            let isBuilding = name.hasSuffix(".building")
            let stem = isBuilding ? name.dropLast(".building".count) : name[...]
            guard let dash = stem.lastIndex(of: "-"), Int(stem[stem.index(after: dash)...]) != nil else { continue }
            try add(isBuilding ? .unfinished : .generation, String(stem[..<dash]), "\(generations)/\(name)")
        }
        for layer in ["raw", ".sweep"] {
            let next = "\(root)/.next/\(layer)"
            for name in try Files.names(in: next) {
                let isOld = name.hasSuffix(".old")
                try add(isOld ? .raw : .unfinished, isOld ? String(name.dropLast(4)) : name, "\(next)/\(name)")
            }
        }
        for entity in try Files.names(in: root + "/.sweep") { try add(.unfinished, entity, "\(root)/.sweep/\(entity)") }
        for entity in try Files.names(in: root + "/raw") {
            let directory = "\(root)/raw/\(entity)"
            // Of a manifest that cannot be read, nothing is known.
            guard let manifest = try? RawManifest.read(directory: directory) else { continue }
            for path in try manifest.uncommittedParts(in: directory) { try add(.temporary, entity, path) }
        }
        for layer in ["raw", "clean", "flagged"] {
            for entity in try Files.names(in: "\(root)/\(layer)") {
                for name in try Files.names(in: "\(root)/\(layer)/\(entity)") where Files.isTemporary(name) {
                    try add(.temporary, entity, "\(root)/\(layer)/\(entity)/\(name)")
                }
            }
        }
        return found
    }
}
