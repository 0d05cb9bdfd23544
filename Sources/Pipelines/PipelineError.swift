public import Bytes

/// Everything that is wrong with a folder of pipeline files.
public struct PipelineError: CommandFailure, Equatable {
    /// One problem and its place.
    public struct Problem: Sendable, Equatable, CustomStringConvertible {
        /// The file's name, for example `core.yaml`, or the folder's path.
        public let file: String
        /// From 1; 0 when the file as a whole is meant.
        public let line: Int
        /// From 1, counted in Unicode scalars; 0 when the file as a whole is meant.
        public let column: Int
        /// What is wrong and what would be right.
        public let message: String

        /// A problem from its parts.
        public init(file: String, line: Int, column: Int, message: String) {
            self.file = file
            self.line = line
            self.column = column
            self.message = message
        }

        /// `core.yaml:12:5: what is wrong`.
        public var description: String {
            line > 0 ? "\(file):\(line):\(column): \(message)" : "\(file): \(message)"
        }
    }

    /// All of them, in the order of phases and lines.
    public let problems: [Problem]

    /// An error of these problems.
    public init(problems: [Problem]) {
        self.problems = problems
    }

    /// One line per problem: `core.yaml:12:5: unknown key "colums"; did you mean "columns"?`.
    public var description: String { problems.map(\.description).joined(separator: "\n") }

    /// What the process exits with.
    public var exitStatus: ExitStatus { .usage }
}
