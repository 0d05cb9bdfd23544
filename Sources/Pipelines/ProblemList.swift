/// Collects the problems of all files, so that they are reported together.
final class ProblemList {
    private(set) var problems: [PipelineError.Problem] = []

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
