/// Whose records a layer holds, as its manifest says.
public struct LayerOwner: Sendable, Equatable {
    /// The folder of the layer.
    public let place: String
    /// The connection that it was staged for; nil where the manifest names none.
    public let connection: String?
    /// The account that it was fetched from; nil in layers of earlier versions and of imports.
    public let account: Account?
}

extension EntityFolder {
    /// The owner of each layer of this entity: raw, a generation that is being extracted, clean, and the ids of a sweep.
    public func owners() throws(StagingError) -> [LayerOwner] {
        var found: [LayerOwner] = []
        for directory in [raw, nextRaw, sweep.raw] {
            guard let header = try Journal.header(directory + "/" + Self.manifestName) else { continue }
            // A layer of an earlier version names the account in a later line.
            var account = header.account
            if account == nil { account = try RawManifest.read(directory: directory)?.account }
            found.append(LayerOwner(place: directory, connection: header.connection, account: account))
        }
        if try Files.linkTarget(currentGeneration) != nil,
            let header = try Journal.header(clean + "/" + Self.manifestName)
        {
            found.append(LayerOwner(place: clean, connection: header.connection, account: header.account))
        }
        return found
    }
}

extension RawManifest {
    /// The owner of the layer that a part belongs to, so that an import can tell whose records they are.
    public static func owner(ofPart path: String) throws(StagingError) -> LayerOwner? {
        let folder = Files.parent(of: path)
        return try Journal.header(folder + "/" + EntityFolder.manifestName).map {
            LayerOwner(place: folder, connection: $0.connection, account: $0.account)
        }
    }
}
