/// Collects the problems of all files, so that they are reported together.
final class ProblemList {
    private(set) var problems: [PipelineError.Problem] = []

    /// Names that only a missing file can define, with their places.
    private var undefined: [PipelineError.Problem] = []

    /// Notes a name that only a missing file can define: all of these are one problem.
    func addUndefined(file: String, line: Int, column: Int, _ message: String) {
        let problem = PipelineError.Problem(file: file, line: line, column: column, message: message)
        if !undefined.contains(problem) { undefined.append(problem) }
    }

    /// Turns the names that missing files define into one problem.
    func resolveUndefined(missing: [String], folder: String) {
        defer { undefined = [] }
        guard let first = undefined.first else { return }
        guard undefined.count > 1 else { return problems.append(first) }
        problems.append(
            PipelineError.Problem(
                file: missing.joined(separator: ", "), line: 0, column: 0,
                message: "not in \(folder), and \(undefined.count) places need what it defines (the first: \(first)); "
                    + "put it back, or run `cliosync init`, which writes the files that are missing"))
    }

    func add(file: String, line: Int = 0, column: Int = 0, _ message: String) {
        let problem = PipelineError.Problem(file: file, line: line, column: column, message: message)
        // An alias repeats a node, and with it its problems.
        if !problems.contains(problem) { problems.append(problem) }
    }

    /// Files in the order in which an onboarding runs them, then lines.
    func sorted(files: [String]) -> [PipelineError.Problem] {
        func rank(_ file: String) -> Int { files.firstIndex(of: file) ?? -1 }
        return problems.enumerated().sorted { left, right in
            let (a, b) = (left.element, right.element)
            return (rank(a.file), a.line, a.column, left.offset) < (rank(b.file), b.line, b.column, right.offset)
        }.map(\.element)
    }
}
