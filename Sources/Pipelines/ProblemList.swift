/// Gathers what is wrong while the files are read, so that a person sees all of it at once.
final class ProblemList {
    private(set) var problems: [PipelineError.Problem] = []

    /// What the reader itself put into a line, which columns must not count.
    private var insertions: [(file: String, line: Int, column: Int, count: Int)] = []

    func inserted(file: String, line: Int, column: Int, count: Int) {
        insertions.append((file, line, column, count))
    }

    func add(file: String, line: Int = 0, column: Int = 0, _ message: String) {
        var column = column
        for insertion in insertions.reversed()
        where insertion.file == file && insertion.line == line && insertion.column < column {
            column -= insertion.count
        }
        let problem = PipelineError.Problem(file: file, line: line, column: column, message: message)
        // An alias brings the same node, and the same complaint, to several places.
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
