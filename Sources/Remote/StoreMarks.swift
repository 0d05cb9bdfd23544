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
        if let known = try Files.read(path), known.count == 36 { return String(decoding: known, as: UTF8.self) }
        let id = UUID().uuidString.lowercased()
        try Files.createFolder(Files.parent(of: path))
        try Files.write(Array(id.utf8), to: path)
        // Two processes may have been here at once.
        return String(decoding: try Files.read(path) ?? [], as: UTF8.self)
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
