import Foundation

/// The repository that the tests stand in.
enum Repository {
    static let pipelines = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "pipelines").path
}
