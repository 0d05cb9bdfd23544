import Foundation

@testable import Pipelines

/// The repository that the tests stand in.
enum Repository {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    static let pipelines = root.appending(path: "pipelines").path
    static let fixtures = root.appending(path: "Tests/PipelinesTests/Fixtures")

    /// The shipped files, read once: a debug build takes a second for them.
    static func catalog() throws -> Catalog { try shipped.get() }

    private static let shipped = Result { try Catalog.load(folder: pipelines) }

    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }
}
