internal import Bytes
internal import JSON

/// `staging/FIRM/decisions.ndjson`: what people decided in review, one decision a line, only ever appended to.
///
/// The last line about the same violation counts. A line that a kill cut off does not exist.
public struct DecisionFile: Sendable {
    /// The file.
    public let path: String
    private let lock: String

    /// The decisions of a connection; nothing is read or made yet.
    public init(_ folder: ConnectionFolder) {
        path = folder.decisions
        lock = folder.path + "/.decisions.lock"
    }

    /// Every decision in the order of the file; empty when there is none.
    /// - Throws: `.corrupt`, with the number of the line that is none.
    public func read() throws(StagingError) -> [Decision] { try load().decisions }

    /// Adds decisions, durable when this returns.
    public func append(_ decisions: [Decision]) throws(StagingError) {
        guard !decisions.isEmpty else { return }
        let lock = try FileLock.exclusive(lock, holder: "review")
        defer { lock.release() }
        let state = try load()
        // UTF-8 lines after UTF-16 ones would be neither.
        if try Files.exists(path), case let content = try content(), try Files.read(path) != content {
            try Files.write(content, to: path)
        }
        let file = try AppendFile(path)
        try file.cut(to: state.bytes)
        var lines = JSONWriter()
        if state.isOpen { lines.newline() }
        for decision in decisions {
            decision.write(to: &lines)
            lines.newline()
        }
        try file.append(lines.buffer.bytes)
        try file.synchronize()
    }

    /// The decisions, the bytes that count, and whether the last of them lacks its line feed.
    private func load() throws(StagingError) -> (decisions: [Decision], bytes: Int, isOpen: Bool) {
        let content = try content()
        let parser = JSONParser()
        var decisions: [Decision] = []
        var bytes = 0
        var number = 0
        while bytes < content.count {
            let end = content[bytes...].firstIndex(of: 10)
            let line = content[bytes..<(end ?? content.count)]
            number += 1
            if !line.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) {
                var problem: DecisionProblem?
                do {
                    decisions.append(try line.withUnsafeBytes { try Decision(try parser.parse(copying: $0)) })
                } catch let error as DecisionProblem {
                    problem = error
                } catch {
                    problem = DecisionProblem("is no JSON (\(error))")
                }
                if let problem {
                    // Cut off by a kill while it was written: it never counted.
                    guard end != nil else { break }
                    throw StagingError(
                        .corrupt,
                        "\(path): line \(number) \(problem.message); correct or delete that line, then run again")
                }
                if end == nil { return (decisions, content.count, true) }
            }
            bytes = (end ?? content.count - 1) + 1
        }
        return (decisions, bytes, false)
    }

    /// The file as this program writes it, whatever editor saved it.
    private func content() throws(StagingError) -> [UInt8] {
        guard let bytes = try Files.read(path) else { return [] }
        return EditedText.decode(bytes).map { Array($0.utf8) } ?? bytes
    }
}
