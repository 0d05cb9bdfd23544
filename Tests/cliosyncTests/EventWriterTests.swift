import Foundation
import SyncManager
import Testing

@testable import cliosync

/// Events in a file: each on a line of its own, whatever is there before.
@Suite struct EventWriterTests {
    private func lines(after text: String?) throws -> [Substring] {
        let path = NSTemporaryDirectory() + "/events-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        if let text { try Data(text.utf8).write(to: URL(fileURLWithPath: path)) }
        let writer = try EventWriter(path: path)
        writer.write(SyncEvent(.stopping(reason: .signal), connection: "smith"))
        return String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: false)
    }

    @Test(arguments: [(String?.none, 0), ("", 0), ("{\"v\":1}\n", 1), ("{\"v\":1}\n{\"v\":", 2)])
    func anEventBeginsALine(_ before: String?, _ count: Int) throws {
        let lines = try lines(after: before)
        #expect(lines.count == count + 2 && lines.last == "")
        #expect(lines[count].hasPrefix("{\"v\":1,\"time\":") && lines[count].hasSuffix("}"))
    }
}
