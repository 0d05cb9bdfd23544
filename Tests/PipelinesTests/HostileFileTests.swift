import Foundation
import Testing

@testable import Pipelines

/// Bytes that nobody meant as a pipeline file end in a message, in no time, and never in a crash.
@Suite struct HostileFileTests {
    private func problem(_ bytes: [UInt8]) -> String {
        do throws(PipelineError) {
            _ = try PipelineReader.load(files: ["core": bytes])
            return ""
        } catch {
            return error.description
        }
    }

    @Test("A file larger than 1 MB is refused")
    func large() {
        #expect(problem(Array(repeating: UInt8(ascii: "#"), count: 1_048_577)).contains("larger than 1 MB"))
        #expect(!problem(Array(repeating: UInt8(ascii: "#"), count: 1_048_576)).contains("larger than 1 MB"))
    }

    @Test("Invalid UTF-8 is refused at its place")
    func encoding() {
        #expect(problem(Array("a: 1\nbé".utf8) + [0xff]) == "core.yaml:2:3: is not valid UTF-8; save it as UTF-8")
        #expect(problem([0xc3]).hasPrefix("core.yaml:1:1: is not valid UTF-8"))
    }

    @Test("Nothing, blanks, comments and NUL are refused")
    func empty() {
        #expect(problem([]).contains("is empty"))
        #expect(problem(Array("# nothing\n".utf8)).contains("is empty"))
        #expect(problem(Array("a: \u{0}".utf8)).contains("is not valid YAML"))
        #expect(problem(Array("---\na: 1\n---\nb: 2\n".utf8)).contains("is not valid YAML"))
    }

    @Test("More child tables than the loader can number are refused", arguments: [250, 251])
    func children(count: Int) {
        let start = """
            format: 1
            phase: core
            entities:
              matters:
                table:
                  columns:
                    id: {type: integer, required: true}
                  children:

            """
        let children = (1...count).map {
            "        child_\($0): {from: list_\($0), parent: matter_id, columns: {name: text}}\n"
        }
        let isRefused = problem(Array((start + children.joined()).utf8)).contains("children: at most 250, got 251")
        #expect(isRefused == (count > 250))
    }

    @Test("Deep nesting is refused", arguments: [30, 900, 5000, 200_000])
    func deep(depth: Int) {
        #expect(problem(Array((String(repeating: "[", count: depth)).utf8)) != "")
        let closed = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        #expect(problem(Array(closed.utf8)).contains("is nested too deeply"))
        #expect(problem(Array(String(repeating: "- ", count: depth).utf8)).contains("is nested too deeply"))
    }

    @Test("A few lines that stand for billions of values are refused", .timeLimit(.minutes(5)))
    func aliases() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...20 {
            let list = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(list)]\n"
        }
        #expect(problem(Array(text.utf8)).contains("once its aliases are followed"))
        for key in [
            "? *a20\n: 1\n", "*a20 : 1\n", "? [*a20]\n: 1\n", "[*a20]: 1\n", "b: {[*a20]: 1}\n", "b: {? *a20 : 1}\n",
        ] {
            #expect(problem(Array((text + key).utf8)).contains("a key must be a word"), "\(key)")
        }
    }

    @Test("Aliases, quotes and question marks in ordinary places are no keys")
    func guardLetsThrough() {
        for text in [
            "a: &x [1]\nb: *x\nc: {d: *x, e: 'is it so? yes', f: \"[a]: b\"}\n",
            "a: &x {b: 1}\nc: *x\n# ? [*x]: comment\nd: it's\ne: '[a]: b'\nf: say \"hi: there\n",
        ] {
            #expect(YAMLGuard.lineOfListAsKey(text) == nil)
        }
    }

    @Test("Random damage to the real files never crashes the reader", .timeLimit(.minutes(3)))
    func mutations() throws {
        let real = try Repository.catalog().phases.map(\.name).map { phase in
            (phase, Array(try Repository.text("pipelines/\(phase).yaml").utf8))
        }
        let small = Array(try Repository.text("Tests/PipelinesTests/Fixtures/good/core.yaml").utf8)
        let junk = Array("{}[]:,-?&*!|>'\"%@`#\n\t \\~<=0aZ\u{1}é☃".utf8) + [0, 0x7f, 0xc3, 0xff]
        var state: UInt64 = 0x9e37_79b9_7f4a_7c15
        func random(_ below: Int) -> Int {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int(state % UInt64(max(1, below)))
        }
        func damaged(_ bytes: [UInt8]) -> [UInt8] {
            var bytes = bytes
            for _ in 0...random(4) {
                let start = random(bytes.count)
                let end = min(bytes.count, start + random(random(10) == 0 ? 400 : 12))
                switch random(5) {
                case 0: bytes.removeSubrange(start..<end)
                case 1: bytes.insert(junk[random(junk.count)], at: start)
                case 2 where start < bytes.count: bytes[start] = junk[random(junk.count)]
                case 3: bytes.insert(contentsOf: bytes[start..<end], at: random(bytes.count))
                default: if start < bytes.count { bytes[start] ^= UInt8(1 << random(8)) }
                }
            }
            return bytes
        }
        var refused = 0
        for _ in 0..<4000 where problem(damaged(small)) != "" { refused += 1 }
        #expect(refused > 2000)
        // The real files are long: fewer of them.
        for round in 0..<12 {
            var files = Dictionary(uniqueKeysWithValues: real)
            let phase = real[round % real.count].0
            files[phase] = files[phase].map(damaged)
            do throws(PipelineError) {
                _ = try PipelineReader.load(files: files)
            } catch {
                #expect(!error.problems.isEmpty)
            }
        }
    }
}
