/// What staged files of an entity amount to.
public struct StagedAmount: Sendable, Equatable {
    /// Files of all layers and generations, manifests included.
    public var files = 0
    /// Their bytes.
    public var bytes = 0
}

extension EntityFolder {
    /// Everything of this entity: all layers, and generations that are being built.
    public func amount() throws(StagingError) -> StagedAmount {
        var amount = StagedAmount()
        for path in [raw, nextRaw, sweep.raw, sweep.nextRaw, discarded] + (try allGenerations()) {
            try Self.add(path, to: &amount)
        }
        return amount
    }

    /// Deletes all layers of this entity. A kill in between leaves whole layers or none, and a second call does the rest.
    public func removeAll() throws(StagingError) {
        try Files.remove(discarded)
        // Ids that an interrupted sweep fetched.
        for path in [sweep.nextRaw, sweep.raw] { try Files.remove(path) }
        // A generation that is being extracted goes first: it would take the raw layer's place.
        for path in [nextRaw, raw] where try Files.exists(path) {
            try Files.createFolder(Files.parent(of: discarded))
            // Renamed in one step, so that no reader sees half of it.
            try Files.rename(path, to: discarded)
            try Files.remove(discarded)
        }
        // This link alone says what clean and flagged are.
        for path in [currentGeneration, clean, flagged] + (try allGenerations()) { try Files.remove(path) }
    }

    private var discarded: String { "\(phaseFolder)/.discarded/\(entity)" }

    private func allGenerations() throws(StagingError) -> [String] {
        try Files.names(in: generations).filter { name in
            guard name.hasPrefix(entity + "-") else { return false }
            let rest = name.dropFirst(entity.count + 1)
            return rest.first?.isNumber == true && rest.prefix { $0 != "." }.allSatisfy(\.isNumber)
        }.map { generations + "/" + $0 }
    }

    private static func add(_ path: String, to amount: inout StagedAmount) throws(StagingError) {
        if try Files.isFolder(path) {
            for name in try Files.names(in: path) { try add(path + "/" + name, to: &amount) }
        } else if let size = try Files.size(path) {
            amount.files += 1
            amount.bytes += size
        }
    }
}
