import Foundation
import Testing

/// A stored folder of an earlier version, and what must hold when it is continued; see `Tests/Fixtures/folders/README.md`.
struct EarlierFolder: Decodable, Sendable {
    /// When a folder is tested: with every change, or only in the long test run.
    enum Part: String, Decodable, Sendable { case gate, deep }

    let state: String
    let part: Part
    /// What the folder's journals call Clio.
    let address: String
    /// Options of the simulator.
    let simulator: [String]
    /// Calls that bring a new simulator to where the firm was.
    let changes: [String]
    /// Rules of `odd_clio.py`, as JSON.
    let rules: String
    let settings: [String: String]
    /// The commands that continue.
    let `continue`: [[String]]
    /// How the last of them ends.
    let exit: Int32
    /// How a run of today ends that nothing disturbed; nil: as the last of them.
    let undisturbedExit: Int32?
    /// Committed pages that may be requested again.
    let repeats: Int
    /// The most pages that continuing may request, refused ones counted: what the version that wrote the folder needed.
    let pages: Int
    /// Whether the database must then be that of a run that nothing disturbed.
    let same: Bool
    /// Whether the database must then be the stored one: of a finished run whose records the simulator of today makes otherwise.
    let kept: Bool?
    /// What the database must answer then, by the question.
    let queries: [String: String]
    /// Stands for the pipeline files.
    let pipelines: String
    /// An entity, and the id of one of its records.
    let trace: [String]

    /// The path of a stored folder without its extension.
    struct Name: Sendable, CustomTestStringConvertible {
        let path: String

        var testDescription: String { path.split(separator: "/").suffix(2).joined(separator: "/") }
        var archive: String { path + ".tar.gz" }

        func read() throws -> EarlierFolder {
            try JSONDecoder().decode(
                EarlierFolder.self, from: Data(contentsOf: URL(fileURLWithPath: path + ".json")))
        }
    }

    /// The stored folders of a part, of all versions.
    static func names(_ part: Part) -> [Name] {
        let root = Programs.repository + "/Tests/Fixtures/folders"
        let paths = FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String } ?? []
        let names = paths.filter { $0.hasSuffix(".json") }.sorted().map { Name(path: "\(root)/\($0.dropLast(5))") }
        // What cannot be read is not left out: its test says why.
        return names.filter { name in (try? name.read()).map { $0.part == part } ?? (part == .gate) }
    }
}
