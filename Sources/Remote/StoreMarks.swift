internal import Foundation
internal import Staging

/// What a staging folder knows of the store, beside the staged files.
struct StoreMarks {
    private let folder: ConnectionFolder

    init(_ folder: ConnectionFolder) { self.folder = folder }

    private func path(_ name: String) -> String { SyncedState.folder(folder) + "/" + name }

    /// Tells this folder from those of other machines.
    func folderID() throws(StagingError) -> String {
        let path = path("folder")
        if let known = try known(path) { return known }
        let id = UUID().uuidString.lowercased()
        let content = Array(id.utf8)
        try Files.createFolder(Files.parent(of: path))
        // Each phase of a run takes its lease at once, and other processes may, too: all of them must be of one folder.
        if try Files.create(content, at: path) { return id }
        if let known = try known(path) { return known }
        // What is there is damaged.
        try Files.write(content, to: path)
        return try known(path) ?? id
    }

    private func known(_ path: String) throws(StagingError) -> String? {
        guard let bytes = try Files.read(path), bytes.count == 36 else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Whether this store was found to keep the conditions of writes.
    func keepsConditions(_ location: String) throws(StagingError) -> Bool {
        try Files.read(path("conditions")) == Array(location.utf8)
    }

    func noteConditions(_ location: String) throws(StagingError) {
        let path = path("conditions")
        try Files.createFolder(Files.parent(of: path))
        try Files.write(Array(location.utf8), to: path)
    }
}
