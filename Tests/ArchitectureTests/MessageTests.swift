import Foundation
import Testing

/// Sentences are for people: programs decide by types.
@Suite struct MessageTests {
    /// Taking a message, a note's code or a stream's name apart, in any way that a decision could need.
    private static let decision =
        #"(?:\.message|note\.code|\.stream\.name|\bkey\.name)[)?!]*\s*(?:\.\s*(?:hasPrefix|hasSuffix|split|contains|firstRange|firstIndex|prefix|dropFirst)\b|==|!=)"#

    @Test func noMessageDecidesAnything() throws {
        let expression = try NSRegularExpression(pattern: Self.decision)
        let sources = ImportTests.root.appendingPathComponent("Sources")
        let files = FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil)
        var read = 0
        while let file = files?.nextObject() as? URL {
            // What earlier versions wrote as sentences is read in one place.
            guard file.pathExtension == "swift", file.lastPathComponent != "EarlierNotes.swift" else { continue }
            read += 1
            let text = try String(contentsOf: file, encoding: .utf8)
            for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
                let line = String(line)
                let hit = expression.firstMatch(in: line, range: NSRange(line.startIndex..., in: line))
                #expect(hit == nil, "\(file.lastPathComponent):\(number + 1): \(line)")
            }
        }
        #expect(read > 300)
    }
}
