internal import Foundation
public import Pipelines

/// The pipeline files of this repository.
public enum ShippedPipelines {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    private static let shipped = Result { try Catalog.load(folder: root.appendingPathComponent("pipelines").path) }

    /// All of them, read once: a debug build takes a second for them.
    public static func catalog() throws -> Catalog { try shipped.get() }
}
