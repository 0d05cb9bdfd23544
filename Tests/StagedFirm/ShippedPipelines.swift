internal import Foundation
public import Pipelines

/// The pipeline files of this repository.
public enum ShippedPipelines {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    private static let shipped = Result { try Catalog.load(folder: root.appendingPathComponent("pipelines").path) }

    /// The files of the default phases, in the order of `StagedFirm`.
    public static var texts: [String] {
        get throws {
            try ["core", "supporting", "historical"].map {
                try String(contentsOf: root.appendingPathComponent("pipelines/\($0).yaml"), encoding: .utf8)
            }
        }
    }

    /// The files of all phases, in their order, and the phases' names.
    public static var allTexts: [(phase: String, text: String)] {
        get throws {
            try catalog().phases.map { phase in
                let file = root.appendingPathComponent("pipelines/\(phase.name).yaml")
                return (phase.name, try String(contentsOf: file, encoding: .utf8))
            }
        }
    }

    /// All of them, read once: a debug build takes a second for them.
    public static func catalog() throws -> Catalog { try shipped.get() }
}
