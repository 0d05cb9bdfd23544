internal import JSON
internal import Staging

/// What this machine last sent or received of a scope: it tells files that are newer here from files that are newer in
/// the store. It lies beside the staged files.
struct SyncedState {
    /// The index, and the store's name for it.
    struct Base: Equatable {
        let etag: String
        let index: RemoteIndex
    }

    private let folder: ConnectionFolder
    private let scope: RemoteScope
    private let location: String

    /// - Parameter location: the store; what was agreed with another one does not count.
    init(_ folder: ConnectionFolder, _ scope: RemoteScope, location: String) {
        self.folder = folder
        self.scope = scope
        self.location = location
    }

    static func folder(_ folder: ConnectionFolder) -> String { folder.path + "/.remote" }

    private var path: String { Self.folder(folder) + "/" + scope.name.replacing("/", with: ".") }
    private var mark: String { path + ".pulling" }

    private var workMark: String { path + ".working" }

    /// Whether files of another state were being put in place when a process ended.
    var isPulling: Bool { get throws(StagingError) { try Files.exists(mark) } }

    /// Whether a stage that had the lease ended before it had stored everything: what it left is out of date when another
    /// machine has stored since.
    var isWorking: Bool { get throws(StagingError) { try Files.exists(workMark) } }

    /// A stage begins to change the files.
    func beginWork() throws(StagingError) {
        try Files.createFolder(Self.folder(folder))
        try Files.write([], to: workMark)
    }

    /// Everything that it changed is stored.
    func endWork() throws(StagingError) { try Files.remove(workMark) }

    /// What both sides had last; nil: nothing is known.
    var base: Base? {
        get throws(StagingError) {
            guard let bytes = try Files.read(path), let end = bytes.firstIndex(of: UInt8(ascii: "\n")) else {
                return nil
            }
            let parser = JSONParser()
            let names = bytes[..<end].withUnsafeBytes { line -> (String, String)? in
                guard let value = try? parser.parse(copying: line), let location = value["location"]?.string,
                    let etag = value["etag"]?.string
                else { return nil }
                return (location, etag)
            }
            guard let names, names.0 == location,
                let index = try? RemoteIndex(bytes[(end + 1)...], of: scope, place: path)
            else { return nil }
            return Base(etag: names.1, index: index)
        }
    }

    func beginPull() throws(StagingError) {
        try Files.createFolder(Self.folder(folder))
        try Files.write([], to: mark)
    }

    func save(_ base: Base) throws(StagingError) {
        try Files.createFolder(Self.folder(folder))
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("location")
        writer.string(location)
        writer.key("etag")
        writer.string(base.etag)
        writer.endObject()
        writer.newline()
        try Files.write(Array(writer.text.utf8) + base.index.text, to: path)
        try Files.remove(mark)
    }
}
