import ArgumentParser
import Pipelines

/// What was probably meant by a word that is no command.
enum CommandHint {
    /// `there is no command runn; did you mean "run"?`, or nil where the words name a command, or none is near.
    /// - Parameter words: the arguments without the program's name.
    static func hint(_ words: [String]) -> String? {
        var known = Cliosync.configuration.subcommands
        for word in words {
            guard !known.isEmpty, !word.hasPrefix("-") else { return nil }
            if let next = known.first(where: { name($0) == word }) {
                known = subcommands(next)
                continue
            }
            guard let near = Suggestion.closest(to: word, among: known.map(name) + ["help"]) else { return nil }
            return "there is no command \(word.prefix(40)); did you mean \"\(near)\"?"
        }
        return nil
    }

    private static func name(_ command: any ParsableCommand.Type) -> String { command.configuration.commandName ?? "" }

    private static func subcommands(_ command: any ParsableCommand.Type) -> [any ParsableCommand.Type] {
        command.configuration.subcommands
    }
}
