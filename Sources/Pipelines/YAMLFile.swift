internal import Bytes
internal import Foundation
internal import Yams

/// Turns a file's bytes into nodes; refuses what could hurt before anything looks at it.
enum YAMLFile {
    /// Far above any sensible pipeline file.
    static let maximumBytes = 1_048_576
    static let maximumDepth = 24
    /// Nodes after aliases are followed: a few lines of aliases could expand to billions.
    static let maximumNodes = 200_000

    private static let tooLarge = "is larger than 1 MB; a pipeline file has some thousand lines at most"

    /// Reads a file; nil and a complaint when that is not possible.
    static func read(path: String, name: String, _ problems: ProblemList) -> YAMLValue? {
        do throws(EditedFile.Problem) {
            return parse(try EditedFile.read(path, limit: maximumBytes), name: name, problems)
        } catch {
            problems.add(file: name, error == .tooLarge ? tooLarge : FileProblem(error).ofFile)
            return nil
        }
    }

    /// Parses bytes; nil and a complaint when they are no YAML that is fit to be a pipeline file.
    static func parse(_ bytes: [UInt8], name: String, _ problems: ProblemList) -> YAMLValue? {
        guard bytes.count <= maximumBytes else {
            problems.add(file: name, tooLarge)
            return nil
        }
        guard let text = EditedText.decode(bytes) else {
            let before = EditedText.validPrefix(bytes)
            let line = before.count(where: { $0 == 10 }) + 1
            let column = String(decoding: before.suffix(from: (before.lastIndex(of: 10) ?? -1) + 1), as: UTF8.self)
            problems.add(
                file: name, line: line, column: column.unicodeScalars.count + 1, "is not valid UTF-8; save it as UTF-8")
            return nil
        }
        if let line = YAMLGuard.lineOfListAsKey(text) {
            problems.add(file: name, line: line, column: 1, "a key must be a word, not a list, a block or an alias")
            return nil
        }
        do {
            // No resolver rules: what a plain word means is decided by the key above it.
            guard let node = try Yams.Parser(yaml: text, resolver: .basic, encoding: .utf8).singleRoot() else {
                problems.add(
                    file: name, "is empty; delete it, and `cliosync init` writes the files that are missing")
                return nil
            }
            let value = YAMLValue(node: node, file: name, problems: problems)
            return isSane(value) ? value : nil
        } catch let error as YamlError {
            let (line, column, message) = explain(error, text)
            problems.add(file: name, line: line, column: column, message)
        } catch {
            problems.add(file: name, "is not valid YAML")
        }
        return nil
    }

    private static func explain(_ error: YamlError, _ text: String) -> (line: Int, column: Int, message: String) {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            if problem.hasPrefix("Maximum nesting level") { return (mark.line, mark.column, "is nested too deeply") }
            let context = context.map { " (\($0.text) in line \($0.mark.line))" } ?? ""
            if hasTabInIndentation(text, line: mark.line) {
                return (mark.line, mark.column, "the indentation contains a tab; YAML allows only blanks")
            }
            return (mark.line, mark.column, "is not valid YAML: \(problem)\(context)")
        case .reader(let problem, let offset, _, _):
            guard let offset else { return (0, 0, "is not valid YAML: \(problem)") }
            let before = text.prefix(offset)
            let start = before.lastIndex(where: \.isNewline).map(before.index(after:)) ?? before.startIndex
            let line = before.count(where: \.isNewline) + 1
            return (line, before[start...].unicodeScalars.count + 1, "is not valid YAML: \(problem)")
        case .duplicatedKeysInMapping(let duplicates, let context):
            let names = duplicates.map { "\"\($0)\"" }.joined(separator: ", ")
            let message = "duplicate key \(names): it is here and again in the same block"
            return (context.mark.line, context.mark.column, message)
        case .memory: return (0, 0, "is nested too deeply")
        default: return (0, 0, "is not valid YAML")
        }
    }

    private static func hasTabInIndentation(_ text: String, line: Int) -> Bool {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.indices.contains(line - 1) else { return false }
        return lines[line - 1].prefix { $0 == " " || $0 == "\t" }.contains("\t")
    }

    /// Bounds depth and size once, so that later code need not.
    private static func isSane(_ root: YAMLValue) -> Bool {
        var stack: [(node: Node, depth: Int)] = [(root.node, 1)]
        var count = 0
        while let (node, depth) = stack.popLast() {
            count += 1
            if depth > maximumDepth {
                YAMLValue(node: node, file: root.file, problems: root.problems).report("is nested too deeply")
                return false
            }
            if count > maximumNodes {
                root.problems.add(file: root.file, "has more than \(maximumNodes) values once its aliases are followed")
                return false
            }
            switch node {
            case .mapping(let mapping):
                for (key, value) in mapping { stack += [(value, depth + 1), (key, depth + 1)] }
            case .sequence(let sequence): stack += sequence.map { ($0, depth + 1) }
            case .scalar, .alias: break
            }
        }
        return true
    }
}
