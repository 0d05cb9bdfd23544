internal import Foundation
internal import JSON
public import Staging

/// Where copies of a firm's database were written: `staging/FIRM/exports.ndjson`. Without it nothing would know of them when
/// the firm leaves.
public struct ExportLog: Sendable {
    private let path: String

    /// The log of a connection.
    public init(_ folder: ConnectionFolder) { path = folder.path + "/exports.ndjson" }

    private struct Line: Codable {
        let path: String
        let at: String
    }

    /// Adds a copy. A firm without staged files has no log.
    public func add(_ export: String) throws(StagingError) {
        guard try Files.exists(Files.parent(of: path)) else { return }
        let line = OrderedEncoder().encode(
            Line(path: URL(fileURLWithPath: export).standardizedFileURL.path, at: UTC.now()))
        let earlier = try Files.read(path) ?? []
        try Files.write(earlier + Array((line + "\n").utf8), to: path)
    }

    /// The copies, each once.
    func paths() throws(StagingError) -> [String] {
        var seen: Set<String> = []
        let text = String(decoding: try Files.read(path) ?? [], as: UTF8.self)
        return text.split(separator: "\n").compactMap { line in
            try? JSONDecoder().decode(Line.self, from: Data(line.utf8)).path
        }.filter { seen.insert($0).inserted }
    }
}
