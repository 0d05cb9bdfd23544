import Foundation
import Pipelines

/// The pipeline files of this repository.
enum ShippedCatalog {
    private static let loaded = Result {
        var root = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { root.deleteLastPathComponent() }
        return try Catalog.load(folder: root.appendingPathComponent("pipelines").path)
    }

    static func get() throws -> Catalog { try loaded.get() }
}
