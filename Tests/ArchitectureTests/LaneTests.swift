import Foundation
import Testing

/// Every end-to-end test names its lane, and every part of the deep lane is one that `scripts/test` runs.
@Suite struct LaneTests {
    private static let folder = ImportTests.root.appendingPathComponent("Tests/EndToEndTests")

    @Test func everyEndToEndTestNamesItsLane() throws {
        var tests = 0
        for name in try FileManager.default.contentsOfDirectory(atPath: Self.folder.path) where name.hasSuffix(".swift")
        {
            let text = try String(contentsOf: Self.folder.appendingPathComponent(name), encoding: .utf8)
            if text.contains(/@Suite\([^\n]*\.deep\(/) { continue }
            for part in text.components(separatedBy: "@Test").dropFirst() {
                tests += 1
                let attribute = part.components(separatedBy: "func ")[0]
                let isNamed = attribute.contains(/\.gate[,)\s]/) || attribute.contains(".deep(")
                #expect(isNamed, "\(name): @Test\(attribute.prefix(80))")
            }
        }
        #expect(tests > 60)
    }

    @Test func everyPartIsRunByTheScript() throws {
        let lanes = try String(contentsOf: Self.folder.appendingPathComponent("Lane.swift"), encoding: .utf8)
        let script = try String(contentsOf: ImportTests.root.appendingPathComponent("scripts/test"), encoding: .utf8)
        let parts = lanes.matches(of: /case (\w+)\n/).map { String($0.1) }.filter { $0 != "gate" }
        #expect(parts.count > 6)
        for part in parts {
            // Once in the list of parts, once among those that need the programs.
            #expect(script.contains("*\" \(part) \"*"), "\(part)")
        }
        let listed =
            script.firstMatch(of: /parts=\(([^)]*)\)/).map { $0.1.split(separator: " ").map(String.init) } ?? []
        #expect(Set(parts).isSubset(of: listed), "\(listed)")
    }
}
