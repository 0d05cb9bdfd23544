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

    /// Adds a copy before its first byte is written: a kill may leave half of it. A firm without staged files has no log.
    /// - Returns: whether the removal of the firm will find the copy.
    public func begin(_ export: String) -> Bool {
        guard (try? Files.exists(Files.parent(of: path))) == true else { return true }
        let line = OrderedEncoder().encode(Line(path: Self.place(export), at: UTC.now()))
        return (try? Files.write((Files.read(path) ?? []) + Array((line + "\n").utf8), to: path)) != nil
    }

    /// Takes back what `begin` added: no copy was made.
    public func takeBack() {
        guard let text = try? Files.read(path).map({ String(decoding: $0, as: UTF8.self) }) else { return }
        let earlier = text.split(separator: "\n").dropLast()
        if earlier.isEmpty { return (try? Files.remove(path)) ?? () }
        try? Files.write(Array((earlier.joined(separator: "\n") + "\n").utf8), to: path)
    }

    private static func place(_ path: String) -> String { URL(fileURLWithPath: path).standardizedFileURL.path }

    /// The copies, each once.
    func paths() throws(StagingError) -> [String] {
        var seen: Set<String> = []
        let text = String(decoding: try Files.read(path) ?? [], as: UTF8.self)
        return text.split(separator: "\n").compactMap { line in
            try? JSONDecoder().decode(Line.self, from: Data(line.utf8)).path
        }.filter { seen.insert($0).inserted }
    }
}
