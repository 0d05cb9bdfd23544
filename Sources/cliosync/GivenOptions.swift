/// The options that say whose data and which files, as they were given: a command that is advised repeats them.
struct GivenOptions: Equatable, Sendable {
    var connection: String?
    var staging: String?
    var database: String?
    var pipelines: String?
    var envFile: String?

    /// The options that a command takes and does not name itself, each after a space, as a shell reads them.
    /// - Parameter words: the command without `cliosync`: `auth login`.
    func text(for words: String) -> String {
        let words = words.split(separator: " ")
        return options(of: words.first ?? "").compactMap { name, value in
            guard let value, !words.contains(where: { $0 == "--\(name)" || $0.hasPrefix("--\(name)=") }) else {
                return nil
            }
            return " --\(name) \(Self.quoted(value))"
        }.joined()
    }

    private func options(of command: Substring) -> [(name: String, value: String?)] {
        switch command {
        case "auth": [("connection", connection), ("env-file", envFile)]
        case "init", "demo": []
        case "serve": [("staging", staging), ("pipelines", pipelines), ("env-file", envFile)]
        default:
            [
                ("connection", connection), ("staging", staging), ("database", database), ("pipelines", pipelines),
                ("env-file", envFile),
            ]
        }
    }

    /// A word as a shell reads it back.
    private static func quoted(_ word: String) -> String {
        let isPlain =
            !word.isEmpty && word.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_./:@%+,".contains($0)) }
        return isPlain ? word : "'" + word.replacing("'", with: "'\\''") + "'"
    }
}
