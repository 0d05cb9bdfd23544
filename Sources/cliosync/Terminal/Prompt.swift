import Foundation

/// Questions to a person at a terminal.
enum Prompt {
    /// Whether a person can be asked.
    static var isPossible: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 }

    /// Asks until the answer is accepted; the end of the input is an empty answer.
    /// - Parameters:
    ///   - isSecret: does not show what is typed.
    ///   - accepting: the value of an answer; nil: ask again.
    static func ask(_ question: String, isSecret: Bool = false, accepting: (String) -> String?) -> String {
        while true {
            Terminal.write("\(question): ")
            guard let line = isSecret ? readHidden() : readLine() else { return accepting("") ?? "" }
            if let value = accepting(line.trimmingCharacters(in: .whitespaces)) { return value }
            Terminal.write("That cannot be used here. ")
        }
    }

    private static func readHidden() -> String? {
        var shown = termios()
        guard tcgetattr(STDIN_FILENO, &shown) == 0 else { return readLine() }
        var hidden = shown
        hidden.c_lflag &= ~tcflag_t(ECHO)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden)
        defer {
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown)
            Terminal.write("\n")
        }
        return readLine()
    }
}
