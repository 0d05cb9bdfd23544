extension EntityFolder {
    /// The account of each layer of this entity that names one, with its folder: raw, a generation that is being extracted,
    /// clean, and the ids of a sweep.
    public func accounts() throws(StagingError) -> [(place: String, account: Account)] {
        var found: [(place: String, account: Account)] = []
        for directory in [raw, nextRaw, sweep.raw] {
            let path = directory + "/" + Self.manifestName
            if let account = try Journal.header(path)?.account {
                found.append((directory, account))
            } else if let account = try RawManifest.read(directory: directory)?.account {
                // A layer of an earlier version, which names it in a later line.
                found.append((directory, account))
            }
        }
        if try Files.linkTarget(currentGeneration) != nil,
            let account = try Journal.header(clean + "/" + Self.manifestName)?.account
        {
            found.append((clean, account))
        }
        return found
    }
}

extension RawManifest {
    /// The account of the manifest that lies beside a part, so that an import can tell whose records they are.
    public static func account(besidePart path: String) throws(StagingError) -> Account? {
        try Journal.header(Files.parent(of: path) + "/" + EntityFolder.manifestName)?.account
    }
}
